/// What a network expects at its image input.
public struct InputConvention: Sendable, Hashable {
    public enum ChannelOrder: String, Sendable, Hashable { case rgb, bgr }

    /// The range that pixel values 0 to 255 are mapped to.
    public enum ValueRange: String, Sendable, Hashable {
        /// 0 to 1: values divided by 255.
        case unit
        /// 0 to 255: values as they are.
        case byte
    }

    /// How a frame of another aspect is fitted.
    public enum Fit: String, Sendable, Hashable {
        /// Scaled evenly, padding shared by both sides.
        case centered
        /// Scaled evenly, at the top left, padding to the right and below.
        case topLeft = "top_left"
        /// Stretched to the input's size.
        case stretch
    }

    /// The input's name in the graph.
    public var name: String
    public var width: Int
    public var height: Int
    public var channelOrder: ChannelOrder
    public var range: ValueRange
    public var fit: Fit

    /// The grey level of the padding.
    public var fill: UInt8

    /// Whether nothing in the file states the convention, so that the most common one was taken.
    public var isAssumed: Bool

    public init(
        name: String, width: Int, height: Int, channelOrder: ChannelOrder = .rgb, range: ValueRange = .unit,
        fit: Fit = .centered, fill: UInt8 = 114, isAssumed: Bool = false
    ) {
        self.name = name
        self.width = width
        self.height = height
        self.channelOrder = channelOrder
        self.range = range
        self.fit = fit
        self.fill = fill
        self.isAssumed = isAssumed
    }
}

extension InputConvention: CustomStringConvertible {
    public var description: String {
        let values = range == .unit ? "0..1" : "0..255"
        let placing =
            switch fit {
            case .centered: "centred letterbox, fill \(fill)"
            case .topLeft: "top-left letterbox, fill \(fill)"
            case .stretch: "stretched"
            }
        return "\(name) \(width)x\(height) \(channelOrder.rawValue.uppercased()) \(values), \(placing)"
            + (isAssumed ? " (assumed)" : "")
    }
}
