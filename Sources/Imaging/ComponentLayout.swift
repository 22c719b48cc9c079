/// Where one colour component's samples lie among a picture's planes.
struct ComponentLayout {
    let plane: Int
    /// Samples before the first of this component in a row of the plane, and from each to the next.
    let offset: Int
    let step: Int
    /// Whether the component is chroma, and so subsampled as the format says.
    let isChroma: Bool
}

extension PixelFormat {
    /// The components in the order Y U V or R G B; luma only for grey.
    var components: [ComponentLayout] {
        func luma(_ plane: Int = 0, _ offset: Int = 0, _ step: Int = 1) -> ComponentLayout {
            ComponentLayout(plane: plane, offset: offset, step: step, isChroma: false)
        }
        func chroma(_ plane: Int, _ offset: Int, _ step: Int) -> ComponentLayout {
            ComponentLayout(plane: plane, offset: offset, step: step, isChroma: true)
        }
        return switch self {
        case .yuv420p, .yuv422p, .yuv444p: [luma(), chroma(1, 0, 1), chroma(2, 0, 1)]
        case .nv12: [luma(), chroma(1, 0, 2), chroma(1, 1, 2)]
        case .nv21: [luma(), chroma(1, 1, 2), chroma(1, 0, 2)]
        case .yuyv422: [luma(0, 0, 2), chroma(0, 1, 4), chroma(0, 3, 4)]
        case .uyvy422: [luma(0, 1, 2), chroma(0, 0, 4), chroma(0, 2, 4)]
        case .gray8: [luma()]
        case .rgb24: [luma(0, 0, 3), luma(0, 1, 3), luma(0, 2, 3)]
        case .bgr24: [luma(0, 2, 3), luma(0, 1, 3), luma(0, 0, 3)]
        case .rgba: [luma(0, 0, 4), luma(0, 1, 4), luma(0, 2, 4)]
        case .bgra: [luma(0, 2, 4), luma(0, 1, 4), luma(0, 0, 4)]
        case .gbrp: [luma(2), luma(0), luma(1)]
        }
    }
}
