/// The picture that a network was trained on: its size, and how a frame becomes it.
public struct NetworkPicture: Hashable, Sendable {
    public enum ChannelOrder: Hashable, Sendable {
        case rgb
        case bgr
    }

    public enum Resampling: Hashable, Sendable {
        /// Four neighbours with half-pixel centres, whatever the scale: as `cv2.INTER_LINEAR`, which training code uses.
        case bilinear
        /// Mean over each target pixel's area where the picture shrinks: as `cv2.INTER_AREA`. No aliasing, more work.
        case area
    }

    public var width: Int
    public var height: Int
    public var letterbox: Letterbox
    public var resampling: Resampling
    public var channelOrder: ChannelOrder

    /// The 8-bit value of all channels where the frame does not reach.
    public var padding: UInt8

    /// The network's value of channel c (in the network's order) is `pixel * scale[c] + offset[c]`, pixel in 0...255.
    public var scale: SIMD3<Float>
    public var offset: SIMD3<Float>

    /// A picture as Ultralytics' networks take it, unless said otherwise: RGB in 0...1, centred letterbox, grey borders.
    public init(
        width: Int, height: Int, letterbox: Letterbox = .centered, resampling: Resampling = .bilinear,
        channelOrder: ChannelOrder = .rgb, padding: UInt8 = 114, scale: SIMD3<Float> = SIMD3(repeating: 1 / 255),
        offset: SIMD3<Float> = .zero
    ) {
        self.width = width
        self.height = height
        self.letterbox = letterbox
        self.resampling = resampling
        self.channelOrder = channelOrder
        self.padding = padding
        self.scale = scale
        self.offset = offset
    }

    /// A picture as YOLOX takes it: BGR in 0...255, top left.
    public static func yolox(width: Int, height: Int) -> NetworkPicture {
        NetworkPicture(
            width: width, height: height, letterbox: .topLeft, channelOrder: .bgr,
            scale: SIMD3(repeating: 1))
    }
}
