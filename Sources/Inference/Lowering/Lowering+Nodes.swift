import CKernels
import ONNX
import Operators
import Tensors

/// Which operator is lowered how.
extension Lowering {
    mutating func lowerNode(_ node: Node, at index: Int) throws(EngineError) {
        guard node.domain.isEmpty || node.domain == "ai.onnx" || node.domain == FusedActivations.domain else {
            throw .unsupportedOperator(
                node: node.name, operatorType: node.operatorType, detail: "its domain '\(node.domain)' is unknown")
        }
        if try lowerQuantization(node) { return }
        // Kernels are for single precision; whatever else flows through a graph is rare and small.
        guard try computesFloats(node) else { return try lowerOtherTypes(node) }
        if try lowerActivation(node) { return }
        switch node.operatorType {
        case "Conv": try lowerConvolution(node)
        case "ConvTranspose": try lowerTransposedConvolution(node)
        case "MaxPool", "GlobalMaxPool": try lowerPool(node, isMaximum: true)
        case "AveragePool", "GlobalAveragePool": try lowerPool(node, isMaximum: false)
        case "Add", "Sum": try lowerCombination(node, SIGHTLINE_FLOAT_ADD)
        case "Sub": try lowerCombination(node, SIGHTLINE_FLOAT_SUBTRACT)
        case "Mul": try lowerCombination(node, SIGHTLINE_FLOAT_MULTIPLY)
        case "Div": try lowerCombination(node, SIGHTLINE_FLOAT_DIVIDE)
        case "Pow": try lowerCombination(node, SIGHTLINE_FLOAT_RAISE)
        case "Min": try lowerCombination(node, SIGHTLINE_FLOAT_MINIMUM)
        case "Max": try lowerCombination(node, SIGHTLINE_FLOAT_MAXIMUM)
        case "PRelu": try lowerCombination(node, SIGHTLINE_FLOAT_PRELU)
        case "BatchNormalization": try lowerBatchNormalization(node)
        case "MatMul": try lowerMatrixProduct(node)
        case "Gemm": try lowerGemm(node)
        case "Softmax": try lowerSoftmax(node)
        case "ReduceSum", "ReduceMean", "ReduceMax": try lowerReduction(node)
        case "Resize", "Upsample": try lowerResize(node)
        case "Concat": try lowerConcat(node)
        case "Pad": try lowerPad(node)
        default: if try !lowerMovement(node) { try lowerReference(node) }
        }
    }

    /// Activations and other functions of one number. Returns whether the node is one.
    private mutating func lowerActivation(_ node: Node) throws(EngineError) -> Bool {
        guard let activation = try ActivationFunction(node) else {
            if node.operatorType == "Clip" {
                try lowerClip(node)
                return true
            }
            return false
        }
        try lowerFunction(node, activation.function, activation.p, activation.q)
        return true
    }

    /// Whether the node's first output and all its data inputs that are no constants are float.
    private func computesFloats(_ node: Node) throws(EngineError) -> Bool {
        guard let first = node.outputs.first(where: { !$0.isEmpty }) else { return false }
        guard try type(of: first, in: node).elementType == .float32 else { return false }
        for name in node.inputs where !name.isEmpty && !isConstant(name) {
            guard try type(of: name, in: node).elementType == .float32 else { return false }
        }
        return true
    }

    /// Integers and truth values: moved natively, computed by the plain executor.
    private mutating func lowerOtherTypes(_ node: Node) throws(EngineError) {
        if try lowerMovement(node) { return }
        try lowerReference(node)
    }

    /// The plain executor's operator as a step.
    mutating func lowerReference(_ node: Node) throws(EngineError) {
        guard node.domain.isEmpty || node.domain == "ai.onnx" else {
            throw .unsupportedOperator(
                node: node.name, operatorType: node.operatorType, detail: "this fused form is not implemented")
        }
        var inputs: [(view: BufferView?, constant: Tensor?, type: ElementType)] = []
        for name in node.inputs {
            if name.isEmpty {
                inputs.append((nil, nil, .float32))
            } else if let tensor = constant(name) {
                inputs.append((nil, tensor, tensor.elementType))
            } else {
                let type = try type(of: name, in: node).elementType
                inputs.append((try rowMajor(name, for: node), nil, type))
            }
        }
        var outputs: [(view: BufferView?, type: ElementType)] = []
        for name in node.outputs {
            guard !name.isEmpty else {
                outputs.append((nil, .float32))
                continue
            }
            let type = try type(of: name, in: node)
            let view = makeRowMajor(name, shape: type.shape.dimensions, elementType: type.elementType)
            outputs.append((view, type.elementType))
            try define(name, .stored(view), in: node)
        }
        let version = graph.operatorSetVersion
        append(
            node, kind: .reference, reads: inputs.compactMap(\.view), writes: outputs.compactMap(\.view)
        ) { resolver in
            func operand(_ view: BufferView?, _ type: ElementType) -> ReferenceStep.Operand? {
                view.map { ReferenceStep.Operand(view: resolver.resolve($0), elementType: type) }
            }
            return ReferenceStep(
                node, operatorSetVersion: version, inputs: inputs.map { (operand($0.view, $0.type), $0.constant) },
                outputs: outputs.map { operand($0.view, $0.type) })
        }
    }
}
