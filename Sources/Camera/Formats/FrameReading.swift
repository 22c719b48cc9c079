import Imaging

/// How frames of a pixel format are read.
public enum FrameReading: Sendable, Hashable {
    /// Where the driver put them, without a copy.
    case direct(PixelFormat)
    /// By libjpeg-turbo.
    case jpeg
    /// By libv4lconvert, into memory of our own.
    case converted

    public init(_ format: FourCC) {
        self = Self.known[format] ?? .converted
    }

    private static let known: [FourCC: FrameReading] = [
        "NV12": .direct(.nv12), "NV21": .direct(.nv21), "YU12": .direct(.yuv420p), "YV12": .direct(.yuv420p),
        "422P": .direct(.yuv422p), "YUYV": .direct(.yuyv422), "UYVY": .direct(.uyvy422), "GREY": .direct(.gray8),
        "RGB3": .direct(.rgb24), "BGR3": .direct(.bgr24), "AB24": .direct(.rgba), "XB24": .direct(.rgba),
        "AR24": .direct(.bgra), "XR24": .direct(.bgra), "BGR4": .direct(.bgra), "MJPG": .jpeg, "JPEG": .jpeg,
    ]

    /// Whether reading a frame takes more than a look at the driver's memory.
    var isWork: Bool { self == .jpeg || self == .converted }

    /// What a frame costs, to compare formats of one size: bytes per pixel that preprocessing reads, plus the decoder's work
    /// in the same unit. Grey comes last, for it lacks colour.
    package var cost: Double {
        switch self {
        case .direct(.nv12), .direct(.nv21): 1.5
        case .direct(.yuv420p): 1.6
        case .direct(.yuyv422), .direct(.uyvy422), .direct(.yuv422p): 2
        case .direct(.rgb24), .direct(.bgr24), .direct(.yuv444p), .direct(.gbrp): 3
        case .direct(.rgba), .direct(.bgra): 4
        case .jpeg: 12
        case .converted: 20
        case .direct(.gray8): 30
        }
    }
}
