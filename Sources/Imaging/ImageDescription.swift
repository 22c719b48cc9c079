/// Size, format and colours of a picture: everything but its samples.
public struct ImageDescription: Hashable, Sendable {
    public var width: Int
    public var height: Int
    public var format: PixelFormat
    public var color: ColorDescription

    public init(width: Int, height: Int, format: PixelFormat, color: ColorDescription = .jpeg) {
        self.width = width
        self.height = height
        self.format = format
        self.color = color
    }
}

extension ImageDescription: CustomStringConvertible {
    public var description: String { "\(width)x\(height) \(format) (\(color))" }
}
