import CKernels
import Tensors

/// Everything about a preprocessing run that does not depend on the frame's samples.
struct PreprocessorPlan {
    struct Plane {
        let rowByteCount: Int
        let rowCount: Int
        /// From rows of this plane to rows of the scaled picture.
        let vertical: ResamplingTable
    }

    struct Component {
        let layout: ComponentLayout
        let sampleCount: Int
        let horizontal: ResamplingTable
    }

    let planes: [Plane]
    let components: [Component]
    /// Component indices (0 red, 1 green, 2 blue) in the network's order.
    let order: [Int]
    let matrix: sightline_color_matrix

    init(source: ImageDescription, picture: NetworkPicture, transform: LetterboxTransform) {
        let averages = picture.resampling == .area
        let format = source.format
        let siting = source.color.chromaSiting
        func horizontal(_ shift: Int) -> ResamplingTable {
            ResamplingTable(
                sourceCount: (source.width + (1 << shift) - 1) >> shift,
                targets: Self.intervals(
                    from: source.width, to: transform.scaledWidth, shift: shift, phase: siting.horizontalPhase),
                averagesArea: averages)
        }
        func vertical(_ shift: Int) -> ResamplingTable {
            ResamplingTable(
                sourceCount: (source.height + (1 << shift) - 1) >> shift,
                targets: Self.intervals(
                    from: source.height, to: transform.scaledHeight, shift: shift, phase: siting.verticalPhase),
                averagesArea: averages)
        }
        let luma = (horizontal: horizontal(0), vertical: vertical(0))
        let chroma = (
            horizontal: format.horizontalChromaShift == 0 ? luma.horizontal : horizontal(format.horizontalChromaShift),
            vertical: format.verticalChromaShift == 0 ? luma.vertical : vertical(format.verticalChromaShift)
        )
        planes = (0..<format.planeCount).map { plane in
            Plane(
                rowByteCount: format.rowByteCount(plane: plane, width: source.width),
                rowCount: format.rowCount(plane: plane, height: source.height),
                vertical: plane == 0 ? luma.vertical : chroma.vertical)
        }
        components = format.components.map { layout in
            let shift = layout.isChroma ? format.horizontalChromaShift : 0
            return Component(
                layout: layout,
                sampleCount: (source.width + (1 << shift) - 1) >> shift,
                horizontal: layout.isChroma ? chroma.horizontal : luma.horizontal)
        }
        order = picture.channelOrder == .rgb ? [0, 1, 2] : [2, 1, 0]
        matrix = source.color.toRGB
    }

    /// For each target pixel the interval it covers on a source axis, in the source component's sample-edge coordinates.
    ///
    /// The centre of sample k of a component halved `shift` times lies at luma centre `k * 2^shift + phase'`.
    private static func intervals(from source: Int, to target: Int, shift: Int, phase: Double) -> [Range<Double>] {
        let scale = Double(source) / Double(target)
        let step = Double(1 << shift)
        let offset = shift == 0 ? 0 : phase
        func sampleEdge(_ lumaEdge: Double) -> Double { (lumaEdge - 0.5 - offset) / step + 0.5 }
        return (0..<target).map { x in
            sampleEdge(Double(x) * scale)..<sampleEdge(Double(x + 1) * scale)
        }
    }
}
