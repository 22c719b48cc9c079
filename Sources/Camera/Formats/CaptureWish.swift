/// What a user wants of a camera's pictures.
public struct CaptureWish: Sendable, Hashable {
    public var width: Int
    public var height: Int
    /// Frames per second.
    public var rate: Double
    /// Only this pixel format; nil for the one that costs least.
    public var format: FourCC?

    public init(width: Int = 1280, height: Int = 720, rate: Double = 30, format: FourCC? = nil) {
        self.width = width
        self.height = height
        self.rate = rate
        self.format = format
    }
}

extension CaptureWish: CustomStringConvertible {
    public var description: String {
        (format.map { "\($0) " } ?? "")
            + "\(width)x\(height) at \(rate == rate.rounded() ? "\(Int(rate))" : "\(rate)") fps"
    }
}
