import CKernels

/// The values of an attention as signed bytes, packed as the weights of a pointwise convolution from keys to features. Each
/// task packs one matrix of the stack.
final class ByteValuesStep: Step {
    private let values: MatrixStack
    private let packed: UnsafeMutablePointer<UInt8>
    /// For each matrix a unit of each feature, and behind them as many zeros: the scales and biases of an epilogue.
    private let units: UnsafeMutablePointer<Float>
    private let kernels: sightline_kernels
    private let floatKernels: sightline_float_kernels

    /// - Parameter values: stack x keys x features, features adjacent.
    init(
        values: ResolvedView, packed: ResolvedView, units: ResolvedView, kernels: sightline_kernels,
        floatKernels: sightline_float_kernels
    ) {
        self.values = MatrixStack(values)
        self.packed = packed.pointer()
        self.units = units.pointer()
        self.kernels = kernels
        self.floatKernels = floatKernels
        super.init(taskCount: self.values.count)
    }

    override func run(task: Int, worker: Worker) {
        var shape = Self.shape(keys: values.rows, features: values.columns)
        let bytes = worker.scratch.assumingMemoryBound(to: Int8.self)
        let pitch = Self.unitPitch(features: values.columns)
        floatKernels.quantize_columns(
            values.matrix(task), values.rowStride, values.rows, values.columns, units + task * pitch, bytes, values.rows
        )
        (units + task * pitch + values.columns).update(repeating: 0, count: pitch - values.columns)
        kernels.convolution_pack(&shape, bytes, packed + task * Self.packedPitch(shape, kernels))
    }

    /// The convolution that mixes values: pixels are queries, channels are keys.
    static func shape(keys: Int, features: Int) -> sightline_convolution_shape {
        sightline_convolution_shape(
            input_channels: UInt32(keys), output_channels: UInt32(features), kernel_height: 1, kernel_width: 1,
            stride_height: 1, stride_width: 1, dilation_height: 1, dilation_width: 1)
    }

    /// Bytes from one matrix's packed values to the next one's.
    static func packedPitch(_ shape: sightline_convolution_shape, _ kernels: sightline_kernels) -> Int {
        var shape = shape
        return (kernels.convolution_packed_bytes(&shape) + 63) / 64 * 64
    }

    /// Numbers from one matrix's units to the next one's.
    static func unitPitch(features: Int) -> Int { 2 * QuantizedEpilogue.paddedCount(features) }

    static func scratchBytes(keys: Int, features: Int) -> Int { keys * features + 64 }
}
