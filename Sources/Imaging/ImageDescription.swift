/// Size, format and colours of a picture: everything but its samples.
public struct ImageDescription: Hashable, Sendable {
    public var width: Int
    public var height: Int
    public var format: PixelFormat
    public var color: ColorDescription
    /// How many pixels of the captured picture one of this picture is wide and high: more than 1 for a JPEG that was decoded
    /// at a reduced scale. Coordinates that are told to others are those of the captured picture.
    public var reduction: Int

    public init(
        width: Int, height: Int, format: PixelFormat, color: ColorDescription = .jpeg, reduction: Int = 1
    ) {
        self.reduction = reduction
        self.width = width
        self.height = height
        self.format = format
        self.color = color
    }
}

extension ImageDescription: CustomStringConvertible {
    public var description: String { "\(width)x\(height) \(format) (\(color))" }
}
