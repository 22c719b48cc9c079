import CKernels

/// Adds two quantised feature maps: each row is a task.
final class QuantizedSumStep: Step {
    private let parameters: sightline_add_parameters
    private let a: FeatureMap<UInt8>
    private let b: FeatureMap<UInt8>
    private let output: FeatureMap<UInt8>
    private let border: BorderFill?
    private let kernels: sightline_kernels
    private let isDense: Bool

    init(
        _ parameters: sightline_add_parameters, a: FeatureMap<UInt8>, b: FeatureMap<UInt8>, output: FeatureMap<UInt8>,
        border: BorderFill?, kernels: sightline_kernels
    ) {
        self.parameters = parameters
        self.a = a
        self.b = b
        self.output = output
        self.border = border
        self.kernels = kernels
        isDense = [a, b, output].allSatisfy { $0.pixelStride == $0.channels }
        super.init(taskCount: output.batch * output.height)
    }

    override func run(task: Int, worker: Worker) {
        let (image, row) = task.quotientAndRemainder(dividingBy: output.height)
        border?.fill(image: image, rows: row..<(row + 1))
        withUnsafePointer(to: parameters) { parameters in
            if isDense {
                let count = output.width * output.channels
                return kernels.add(
                    parameters, a.pixel(image, row, 0), b.pixel(image, row, 0), output.pixel(image, row, 0), count)
            }
            for x in 0..<output.width {
                kernels.add(
                    parameters, a.pixel(image, row, x), b.pixel(image, row, x), output.pixel(image, row, x),
                    output.channels)
            }
        }
    }
}
