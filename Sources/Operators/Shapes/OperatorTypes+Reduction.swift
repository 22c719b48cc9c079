import Tensors

// Operators that reduce axes, or select along one.
extension OperatorTypes {
    static let reductionForms: [String: [OperatorForm]] = {
        var forms: [String: [OperatorForm]] = [
            "ArgMax": argumentForms, "ArgMin": argumentForms,
            "TopK": [
                OperatorForm(since: 10, until: 10, inputs: 2...2, attributes: ["axis": .int], infer: topTypes),
                OperatorForm(
                    since: 11, inputs: 2...2, attributes: ["axis": .int, "largest": .int, "sorted": .int],
                    infer: topTypes),
            ],
            "CumSum": [
                OperatorForm(since: 11, inputs: 2...2, attributes: ["exclusive": .int, "reverse": .int]) {
                    call throws(OperatorError) in
                    try call.require(0, .numeric)
                    return [try call.input(0)]
                }
            ],
        ]
        // The axes became an input: of ReduceSum with operator set 13, of the others with 18.
        let names = ["Max", "Min", "Mean", "Prod", "SumSquare", "L1", "L2", "LogSum", "LogSumExp"]
        for name in names { forms["Reduce\(name)"] = reduceForms(axesAreInputSince: 18) }
        forms["ReduceSum"] = reduceForms(axesAreInputSince: 13)
        return forms
    }()

    private static func reduceForms(axesAreInputSince version: Int) -> [OperatorForm] {
        [
            OperatorForm(
                until: version - 1, inputs: 1...1, attributes: ["axes": .ints, "keepdims": .int], infer: reduceTypes),
            OperatorForm(
                since: version, inputs: 1...2, attributes: ["keepdims": .int, "noop_with_empty_axes": .int],
                infer: reduceTypes),
        ]
    }

    private static let argumentForms = [
        OperatorForm(until: 11, inputs: 1...1, attributes: ["axis": .int, "keepdims": .int], infer: argumentTypes),
        OperatorForm(
            since: 12, inputs: 1...1, attributes: ["axis": .int, "keepdims": .int, "select_last_index": .int],
            infer: argumentTypes),
    ]

    private static func reduceTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        let input = try call.input(0)
        let isExtremum = ["ReduceMax", "ReduceMin"].contains(call.node.operatorType)
        try call.require(0, isExtremum ? .any : .numeric)
        let axes = try call.integers(attribute: "axes", orInput: 1) ?? []
        if axes.isEmpty, call.flag("noop_with_empty_axes") { return [input] }
        let reduced =
            axes.isEmpty
            ? Array(input.shape.dimensions.indices) : try call.normalizedAxes(axes, of: input.shape)
        return [ValueType(shape: call.reducedShape(of: input.shape, axes: reduced), elementType: input.elementType)]
    }

    private static func argumentTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .numeric)
        let input = try call.input(0)
        let axis = try call.axis(default: 0, of: input.shape)
        guard input.shape[axis] > 0 else { throw call.invalid("axis \(axis) of \(input.shape) is empty") }
        return [ValueType(shape: call.reducedShape(of: input.shape, axes: [axis]), elementType: .int64)]
    }

    private static func topTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .numeric)
        let input = try call.input(0)
        let axis = try call.axis(default: -1, of: input.shape)
        guard let count = try call.constantIntegers(1, "k")?.first, (0...input.shape[axis]).contains(count) else {
            throw call.invalid("k is not within axis \(axis) of \(input.shape)")
        }
        var shape = input.shape
        shape[axis] = count
        return [ValueType(shape: shape, elementType: input.elementType), ValueType(shape: shape, elementType: .int64)]
    }
}

extension OperatorCall {
    /// The shape with some axes reduced to 1, or left out when `keepdims` is 0.
    func reducedShape(of shape: Shape, axes: [Int]) -> Shape {
        let keeps = flag("keepdims", default: true)
        return Shape(
            shape.dimensions.enumerated().compactMap { axis, extent in
                axes.contains(axis) ? (keeps ? 1 : nil) : extent
            })
    }
}
