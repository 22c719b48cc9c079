import CKernels
import ONNX
import Tensors

/// Batch normalisation and PReLU of a feature map, or of the sum of two: a kernel of its own.
extension Lowering {
    /// An expression that ``PixelFinishStep`` computes.
    struct PixelFinish {
        var input: BufferView
        var addend: BufferView?
        var constants: PixelFinishStep.Constants
    }

    /// The expression as such a step; nil for others.
    func pixelFinish(_ expression: ElementwiseExpression) -> PixelFinish? {
        let shape = expression.shape
        guard shape.count == 3 || shape.count == 4 else { return nil }
        let count = expression.operands.count
        var instructions = expression.instructions[...]
        var sum = 0
        var maps = [0]
        if case .combine(SIGHTLINE_FLOAT_ADD)? = instructions.first?.function {
            maps = instructions.removeFirst().registers
            sum = count
        }
        guard instructions.count == 2, let affine = instructions.first, let bend = instructions.last,
            case .multiplyAdd = affine.function, affine.registers[0] == sum,
            let scale = channelConstants(expression, affine.registers[1]),
            let shift = channelConstants(expression, affine.registers[2]),
            bend.registers[0] == count + expression.instructions.count - 2
        else { return nil }
        let slopes: [Float]
        switch bend.function {
        case .combine(SIGHTLINE_FLOAT_PRELU):
            guard let list = channelConstants(expression, bend.registers[1]) else { return nil }
            slopes = list
        case .apply(SIGHTLINE_FLOAT_LEAKY, let slope, _): slopes = [Float](repeating: slope, count: shape[1])
        default: return nil
        }
        let views = maps.compactMap { featureMap(expression, $0) }
        guard views.count == maps.count else { return nil }
        return PixelFinish(
            input: views[0], addend: views.count > 1 ? views[1] : nil,
            constants: PixelFinishStep.Constants(scale: scale, shift: shift, slopes: slopes))
    }

    /// An operand that is a float feature map of the expression's own shape.
    private func featureMap(_ expression: ElementwiseExpression, _ register: Int) -> BufferView? {
        guard register < expression.operands.count, case .float = expression.operands[register].source else {
            return nil
        }
        let view = expression.operands[register].view
        guard view.shape == expression.shape, view.isChannelsLast, !program.buffers[view.buffer].isConstant else {
            return nil
        }
        return view.asImage
    }

    /// The numbers of an operand that is constant, one for each channel.
    private func channelConstants(_ expression: ElementwiseExpression, _ register: Int) -> [Float]? {
        guard register < expression.operands.count, case .float = expression.operands[register].source else {
            return nil
        }
        let view = expression.operands[register].view
        let channels = expression.shape[1]
        guard case .constant(let tensor) = program.buffers[view.buffer].storage, tensor.elementType == .float32,
            view.offset == .zero, tensor.elementCount == channels, view.elementCount == channels
        else { return nil }
        // Broadcasting is from the right.
        let axis = 1 - (expression.shape.count - view.rank)
        guard axis >= 0, view.shape[axis] == channels else { return nil }
        return tensor.array(of: Float.self)
    }

    mutating func appendPixelFinish(
        _ finish: PixelFinish, reals: BufferView?, bytes: (view: BufferView, quantization: Quantization)?,
        as operators: String, for node: Node
    ) {
        let floatKernels = floatKernels
        let shape = finish.input.shape
        append(
            node, as: operators + (bytes == nil ? "" : "+Quantize"), kind: .float,
            reads: [finish.input] + (finish.addend.map { [$0] } ?? []),
            writes: (reals.map { [$0] } ?? []) + (bytes.map { [$0.view] } ?? []),
            rowWork: PlannedStep.RowWork(images: shape[0], rows: shape[2], endsChain: true)
        ) { resolver in
            func map(_ view: BufferView) -> FeatureMap<Float> {
                resolver.resolve(view.asImage).featureMap(of: Float.self)
            }
            return PixelFinishStep(
                finish.constants, input: map(finish.input), addend: finish.addend.map(map), reals: reals.map(map),
                bytes: bytes.map { bytes in
                    (
                        resolver.resolve(bytes.view.asImage).featureMap(of: UInt8.self), bytes.quantization,
                        BorderFill(bytes.view, quantization: bytes.quantization, resolver)
                    )
                }, kernels: floatKernels)
        }
    }
}
