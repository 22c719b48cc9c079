import Tensors

/// An entry of the table of operators: what a node may look like, and the function that computes it.
struct ReferenceOperator: Sendable {
    typealias Function = @Sendable (OperatorInvocation) throws(OperatorError) -> [Tensor]

    /// Versions of the operator set in which the operator has the meaning implemented here.
    let versions: ClosedRange<Int>

    /// How many inputs a node may have; those up to the lower bound are required, unless the function says otherwise.
    let inputCount: ClosedRange<Int>

    let attributes: [KnownAttribute]

    /// Whether half-precision inputs are converted to single precision for the computation, and its results back.
    let widensHalf: Bool

    let evaluate: Function

    init(
        inputs: ClosedRange<Int>, attributes: [KnownAttribute] = [],
        versions: ClosedRange<Int> = ReferenceOperators.supportedVersions, widensHalf: Bool = false,
        _ evaluate: @escaping Function
    ) {
        inputCount = inputs
        self.attributes = attributes
        self.versions = versions
        self.widensHalf = widensHalf
        self.evaluate = evaluate
    }

    /// Refuses what the operator does not define.
    func check(_ call: OperatorInvocation) throws(OperatorError) {
        try checkAttributes(call)
        guard inputCount.contains(call.inputs.count) else {
            let allowed =
                inputCount.count == 1
                ? "\(inputCount.lowerBound)" : "\(inputCount.lowerBound) to \(inputCount.upperBound)"
            throw call.failure("has \(call.inputs.count) inputs where \(allowed) are allowed")
        }
    }

    func checkAttributes(_ call: OperatorInvocation) throws(OperatorError) {
        for name in call.node.attributes.keys.sorted() {
            guard attributes.contains(where: { $0.name == name && $0.versions.contains(call.version) }) else {
                throw call.unsupported(name, "operator set \(call.version) does not define it")
            }
        }
    }
}
