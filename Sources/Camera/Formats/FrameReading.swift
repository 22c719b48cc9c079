import Imaging

/// How frames of a pixel format are read.
public enum FrameReading: Sendable, Hashable {
    /// Where the driver put them, without a copy.
    case direct(PixelFormat)
    /// By libjpeg-turbo.
    case jpeg
    /// By libv4lconvert, into memory of our own.
    case converted
    /// Not at all.
    case unreadable

    public init(_ format: FourCC) {
        self = Self.known[format] ?? (Self.convertible.contains(format) ? .converted : .unreadable)
    }

    private static let known: [FourCC: FrameReading] = [
        "NV12": .direct(.nv12), "NV21": .direct(.nv21), "YU12": .direct(.yuv420p), "YV12": .direct(.yuv420p),
        "422P": .direct(.yuv422p), "YUYV": .direct(.yuyv422), "UYVY": .direct(.uyvy422), "GREY": .direct(.gray8),
        "RGB3": .direct(.rgb24), "BGR3": .direct(.bgr24), "AB24": .direct(.rgba), "XB24": .direct(.rgba),
        "AR24": .direct(.bgra), "XR24": .direct(.bgra), "BGR4": .direct(.bgra), "MJPG": .jpeg, "JPEG": .jpeg,
    ]

    /// Formats that libv4lconvert 1.22 turns into planar 4:2:0 without leaving its buffers: Bayer patterns of 8, 10 and 16
    /// bits, and rare arrangements of YUV and RGB. Others it does not know, or, like RGB565 and NV16, it reads or writes
    /// beyond the end of the memory that it is given.
    private static let convertible: Set<FourCC> = [
        "BA81", "GBRG", "GRBG", "RGGB", "BG10", "GB10", "BA10", "RG10", "pBAA", "BYR2", "GB16", "GR16", "RG16", "YVYU",
        "Y16 ", "RGB4", "M420", "HM12",
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
        case .unreadable: .infinity
        }
    }
}
