/// What luma and chroma samples mean: ITU-T H.273 in the parts that matter here.
public struct ColorDescription: Hashable, Sendable {
    /// The luma weights that the picture was encoded with.
    public enum Matrix: Hashable, Sendable {
        /// ITU-R BT.601: standard definition, JPEG.
        case bt601
        /// ITU-R BT.709: high definition.
        case bt709
        /// ITU-R BT.2020, non-constant luminance.
        case bt2020
    }

    public enum Range: Hashable, Sendable {
        /// Luma 16...235, chroma 16...240: video.
        case limited
        /// 0...255: JPEG.
        case full
    }

    /// Where a chroma sample of a subsampled format lies among its luma samples.
    public enum ChromaSiting: Hashable, Sendable {
        /// On the left luma column, between the rows: MPEG-2, H.264.
        case left
        /// In the middle of the block: JPEG, MPEG-1.
        case center
        /// On the top left luma sample: BT.2020 video.
        case topLeft
    }

    public var matrix: Matrix
    public var range: Range
    public var chromaSiting: ChromaSiting

    public init(matrix: Matrix, range: Range, chromaSiting: ChromaSiting) {
        self.matrix = matrix
        self.range = range
        self.chromaSiting = chromaSiting
    }

    /// As JPEG files (JFIF) and motion-JPEG cameras have it.
    public static let jpeg = ColorDescription(matrix: .bt601, range: .full, chromaSiting: .center)

    /// Standard-definition video.
    public static let bt601Video = ColorDescription(matrix: .bt601, range: .limited, chromaSiting: .left)

    /// High-definition video.
    public static let bt709Video = ColorDescription(matrix: .bt709, range: .limited, chromaSiting: .left)
}

extension ColorDescription.Matrix {
    /// Weights of red and blue in luma; green has the rest.
    var lumaWeights: (red: Double, blue: Double) {
        switch self {
        case .bt601: (0.299, 0.114)
        case .bt709: (0.2126, 0.0722)
        case .bt2020: (0.2627, 0.0593)
        }
    }
}

extension ColorDescription.ChromaSiting {
    /// Distance from a block's first luma sample to the chroma sample, in luma samples, for chroma halved in a direction.
    var horizontalPhase: Double { self == .center ? 0.5 : 0 }
    var verticalPhase: Double { self == .topLeft ? 0 : 0.5 }
}

extension ColorDescription: CustomStringConvertible {
    public var description: String { "\(matrix) \(range)" }
}
