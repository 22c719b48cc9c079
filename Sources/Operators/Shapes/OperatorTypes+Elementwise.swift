import Tensors

// Operators that work element by element: the output has the inputs' broadcast shape.
extension OperatorTypes {
    static let elementwiseForms: [String: [OperatorForm]] = {
        var forms: [String: [OperatorForm]] = [
            "Elu": [unary(.floating, ["alpha": .float])],
            "Celu": [unary(.floating, ["alpha": .float])],
            "Selu": [unary(.floating, ["alpha": .float, "gamma": .float])],
            "LeakyRelu": [unary(.floating, ["alpha": .float])],
            "ThresholdedRelu": [unary(.floating, ["alpha": .float])],
            "HardSigmoid": [unary(.floating, ["alpha": .float, "beta": .float])],
            "Gelu": [unary(.floating, ["approximate": .string], since: 20)],
            "Swish": [unary(.floating, ["alpha": .float], since: 24)],
            "Shrink": [unary(.numeric, ["bias": .float, "lambd": .float])],
            "Identity": [unary(.any)],
            "Not": [unary(.boolean)],
            "BitwiseNot": [unary(.integer)],
            "IsNaN": [unary(.floating, result: .bool)],
            "IsInf": [unary(.floating, ["detect_negative": .int, "detect_positive": .int], result: .bool)],
            "Clip": [
                OperatorForm(
                    until: 10, inputs: 1...1, attributes: ["min": .float, "max": .float], infer: clipTypes),
                OperatorForm(since: 11, inputs: 1...3, infer: clipTypes),
            ],
            "PRelu": [OperatorForm(inputs: 2...2, infer: parametricReluTypes)],
            "Pow": [OperatorForm(inputs: 2...2, infer: powerTypes)],
            "Mod": [binary(.numeric, ["fmod": .int])],
            "BitShift": [binary(.integer, ["direction": .string])],
            "Where": [OperatorForm(inputs: 3...3, infer: whereTypes)],
            "Cast": [
                OperatorForm(
                    inputs: 1...1, attributes: ["to": .int, "saturate": .int, "round_mode": .string], infer: castTypes)
            ],
            "CastLike": [OperatorForm(inputs: 2...2, attributes: ["saturate": .int], infer: castLikeTypes)],
        ]
        for name in ["Sigmoid", "Tanh", "Exp", "Log", "Sqrt", "Reciprocal", "Ceil", "Floor", "Round", "Softplus"] {
            forms[name] = [unary(.floating)]
        }
        for name in ["Softsign", "HardSwish", "Mish", "Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh"] {
            forms[name] = [unary(.floating)]
        }
        for name in ["Asinh", "Acosh", "Atanh", "Erf"] { forms[name] = [unary(.floating)] }
        for name in ["Abs", "Neg", "Relu", "Sign"] { forms[name] = [unary(.numeric)] }
        for name in ["Add", "Sub", "Mul", "Div"] { forms[name] = [binary(.numeric)] }
        for name in ["And", "Or", "Xor"] { forms[name] = [binary(.boolean)] }
        for name in ["BitwiseAnd", "BitwiseOr", "BitwiseXor"] { forms[name] = [binary(.integer)] }
        for name in ["Greater", "Less", "GreaterOrEqual", "LessOrEqual"] {
            forms[name] = [binary(.numeric, result: .bool)]
        }
        forms["Equal"] = [binary(.any, result: .bool)]
        for name in ["Max", "Min"] { forms[name] = [variadic(.numeric)] }
        for name in ["Sum", "Mean"] { forms[name] = [variadic(.floating)] }
        return forms
    }()

    private static func unary(
        _ kind: ElementKind, _ attributes: [String: AttributeKind] = [:], since: Int = 1, result: ElementType? = nil
    ) -> OperatorForm {
        OperatorForm(since: since, inputs: 1...1, attributes: attributes) { call throws(OperatorError) in
            try call.require(0, kind)
            let input = try call.input(0)
            return [ValueType(shape: input.shape, elementType: result ?? input.elementType)]
        }
    }

    private static func binary(
        _ kind: ElementKind, _ attributes: [String: AttributeKind] = [:], result: ElementType? = nil
    ) -> OperatorForm {
        OperatorForm(inputs: 2...2, attributes: attributes) { call throws(OperatorError) in
            try broadcastTypes(call, kind, result: result)
        }
    }

    private static func variadic(_ kind: ElementKind) -> OperatorForm {
        OperatorForm(inputs: 1...Int(Int32.max)) { call throws(OperatorError) in
            try broadcastTypes(call, kind, result: nil)
        }
    }

    private static func broadcastTypes(
        _ call: OperatorCall, _ kind: ElementKind, result: ElementType?
    ) throws(OperatorError) -> [ValueType] {
        try call.require(0, kind)
        let elementType = try call.commonElementType(of: call.inputs.indices)
        let shape = try call.broadcastShape(of: call.inputs.indices)
        return [ValueType(shape: shape, elementType: result ?? elementType)]
    }

    private static func clipTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .numeric)
        _ = try call.commonElementType(of: call.inputs.indices)
        for index in 1..<3 where (call.optionalInput(index)?.shape.elementCount ?? 1) != 1 {
            throw call.invalid("input \(index) is not a single number")
        }
        return [try call.input(0)]
    }

    private static func parametricReluTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .numeric)
        _ = try call.commonElementType(of: 0..<2)
        let input = try call.input(0)
        let slope = try call.input(1).shape
        guard input.shape.broadcast(with: slope) == input.shape else {
            throw call.invalid("slope \(slope) does not broadcast to \(input.shape)")
        }
        return [input]
    }

    private static func powerTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .numeric)
        try call.require(1, .numeric)
        let shape = try call.broadcastShape(of: 0..<2)
        return [ValueType(shape: shape, elementType: try call.input(0).elementType)]
    }

    private static func whereTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .boolean)
        let elementType = try call.commonElementType(of: 1..<3)
        return [ValueType(shape: try call.broadcastShape(of: 0..<3), elementType: elementType)]
    }

    private static func castTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        guard let elementType = ElementType(rawValue: call.int("to", default: 0)) else {
            throw call.unsupported("to", "element type number \(call.int("to", default: 0)) is not supported")
        }
        return [ValueType(shape: try call.input(0).shape, elementType: elementType)]
    }

    private static func castLikeTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        [ValueType(shape: try call.input(0).shape, elementType: try call.input(1).elementType)]
    }
}

extension OperatorCall {
    /// The shape that the given inputs have together after multidirectional broadcasting.
    func broadcastShape(of indices: some Sequence<Int>) throws(OperatorError) -> Shape {
        var shape = Shape([])
        for index in indices {
            let next = try input(index).shape
            guard let joined = shape.broadcast(with: next) else {
                throw invalid("input \(index) of shape \(next) does not broadcast to \(shape)")
            }
            shape = joined
        }
        return shape
    }
}
