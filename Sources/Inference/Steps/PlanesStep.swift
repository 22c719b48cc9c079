import CKernels

/// Copies a map of reals (or their sigmoids), whose channels are adjacent, into one plane for each channel, some rows at a time.
final class PlanesStep: Step {
    private let source: FeatureMap<Float>
    private let target: UnsafeMutablePointer<Float>
    private let planeStride: Int
    private let blocks: RowBlocks
    private let columns: Int
    private let isSigmoid: Bool
    private let floatKernels: sightline_float_kernels

    /// Channels that are transposed at once: few enough for the processor to follow their planes.
    private static let channelsAtOnce = 16

    /// - Parameters:
    ///   - source: one image; pixels follow each other without gaps.
    ///   - target: of the same shape; each channel's elements follow each other.
    ///   - blocks: the rows that the source's pixels make.
    ///   - isSigmoid: whether sigmoids are written.
    init(
        from source: ResolvedView, to target: ResolvedView, blocks: RowBlocks, isSigmoid: Bool,
        floatKernels: sightline_float_kernels
    ) {
        self.source = source.featureMap(of: Float.self)
        self.target = target.pointer(as: Float.self)
        planeStride = target.strides[1]
        self.blocks = blocks
        columns = self.source.height * self.source.width / blocks.rows
        self.isSigmoid = isSigmoid
        self.floatKernels = floatKernels
        precondition(self.source.height == 1 || self.source.rowStride == self.source.width * self.source.pixelStride)
        super.init(taskCount: blocks.count)
    }

    override func run(task: Int, worker: Worker) {
        let rows = blocks.rows(of: task)
        let (first, count) = (rows.lowerBound * columns, rows.count * columns)
        let reals =
            if let offset = source.scratchOffset {
                UnsafePointer((worker.scratch + offset).assumingMemoryBound(to: Float.self))
            } else {
                UnsafePointer(source.base + first * source.pixelStride)
            }
        let transpose = isSigmoid ? floatKernels.transpose_sigmoids : floatKernels.transpose
        for channel in stride(from: 0, to: source.channels, by: Self.channelsAtOnce) {
            transpose?(
                reals + channel, source.pixelStride, target + channel * planeStride + first, planeStride, count,
                min(Self.channelsAtOnce, source.channels - channel))
        }
    }
}
