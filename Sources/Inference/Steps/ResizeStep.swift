import CKernels

/// Enlarges or shrinks feature maps: each output row is a task.
final class ResizeStep<Element: BitwiseCopyable>: Step {
    private let input: FeatureMap<Element>
    private let output: FeatureMap<Element>
    private let rows: [ResizeAxis.Source]
    private let columns: [ResizeAxis.Source]
    private let border: BorderFill?
    private let kernels: sightline_float_kernels
    private let interpolates: Bool

    /// - Parameter interpolates: linear in both directions; else each output pixel is a copy. Interpolation is for floats.
    init(
        input: FeatureMap<Element>, output: FeatureMap<Element>, rows: [ResizeAxis.Source],
        columns: [ResizeAxis.Source], interpolates: Bool, border: BorderFill?, kernels: sightline_float_kernels
    ) {
        self.input = input
        self.output = output
        self.rows = rows
        self.columns = columns
        self.interpolates = interpolates
        self.border = border
        self.kernels = kernels
        super.init(taskCount: output.batch * output.height)
    }

    override func run(task: Int, worker: Worker) {
        let (image, y) = task.quotientAndRemainder(dividingBy: output.height)
        border?.fill(image: image, rows: y..<(y + 1))
        if interpolates {
            interpolate(image, y, worker)
        } else {
            copy(image, y)
        }
    }

    private func copy(_ image: Int, _ y: Int) {
        let byteCount = output.channels * MemoryLayout<Element>.stride
        for x in 0..<output.width {
            UnsafeMutableRawPointer(output.pixel(image, y, x)).copyMemory(
                from: input.pixel(image, rows[y].index, columns[x].index), byteCount: byteCount)
        }
    }

    /// Mixes two rows into scratch, then its neighbours.
    private func interpolate(_ image: Int, _ y: Int, _ worker: Worker) {
        guard Element.self == Float.self else { return }
        let channels = output.channels
        let mixed = worker.scratch.assumingMemoryBound(to: Float.self)
        for x in 0..<input.width {
            kernels.interpolate(
                floats(input.pixel(image, rows[y].index, x)), floats(input.pixel(image, rows[y].next, x)),
                rows[y].share, mixed + x * channels, channels)
        }
        for x in 0..<output.width {
            kernels.interpolate(
                mixed + columns[x].index * channels, mixed + columns[x].next * channels, columns[x].share,
                floats(output.pixel(image, y, x)), channels)
        }
    }

    private func floats(_ pointer: UnsafeMutablePointer<Element>) -> UnsafeMutablePointer<Float> {
        UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Float.self)
    }
}
