import Tensors

/// Einsum: sums of products over named axes, in Einstein's notation.
enum EinsumOperators {
    static let table: [String: ReferenceOperator] = [
        "Einsum": ReferenceOperator(
            inputs: 1...Int.max, attributes: ["equation"], versions: 12...25, widensHalf: true, evaluate)
    ]

    private static func evaluate(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let inputs = try call.allInputs()
        for input in inputs { try call.requireSameType(inputs[0], input) }
        let plan = try EinsumPlan(call, inputs.map(\.shape))
        if inputs[0].elementType == .float32 { return [plan.run(inputs, Float.self)] }
        guard let type = inputs[0].elementType.numericType else { throw call.unsupportedType(inputs[0]) }
        return [plan.run(inputs, type)]
    }
}
