import Tensors

// Operators that normalise: the output has the first input's type, parameters must fit its channels or axes.
extension OperatorTypes {
    static let normalizationForms: [String: [OperatorForm]] = {
        let batchAttributes: [String: AttributeKind] = ["epsilon": .float, "momentum": .float]
        return [
            "BatchNormalization": [
                OperatorForm(since: 9, until: 13, inputs: 5...5, attributes: batchAttributes, infer: batchTypes),
                OperatorForm(
                    since: 14, inputs: 5...5, attributes: batchAttributes.merging(["training_mode": .int]) { $1 },
                    infer: batchTypes),
            ],
            "InstanceNormalization": [
                OperatorForm(inputs: 3...3, attributes: ["epsilon": .float], infer: perChannelTypes)
            ],
            "GroupNormalization": [
                OperatorForm(
                    since: 18, inputs: 3...3,
                    attributes: ["epsilon": .float, "num_groups": .int, "stash_type": .int], infer: groupTypes)
            ],
            "LayerNormalization": [
                OperatorForm(
                    since: 17, inputs: 2...3, attributes: ["axis": .int, "epsilon": .float, "stash_type": .int],
                    infer: layerTypes)
            ],
            "RMSNormalization": [
                OperatorForm(
                    since: 23, inputs: 2...2, attributes: ["axis": .int, "epsilon": .float, "stash_type": .int],
                    infer: layerTypes)
            ],
            "LRN": [
                OperatorForm(
                    inputs: 1...1, attributes: ["alpha": .float, "beta": .float, "bias": .float, "size": .int],
                    infer: localResponseTypes)
            ],
            "LpNormalization": [OperatorForm(inputs: 1...1, attributes: ["axis": .int, "p": .int], infer: axisTypes)],
            "MeanVarianceNormalization": [
                OperatorForm(inputs: 1...1, attributes: ["axes": .ints]) { call throws(OperatorError) in
                    try call.require(0, .floating)
                    return [try call.input(0)]
                }
            ],
            "Softmax": [OperatorForm(inputs: 1...1, attributes: ["axis": .int], infer: axisTypes)],
            "LogSoftmax": [OperatorForm(inputs: 1...1, attributes: ["axis": .int], infer: axisTypes)],
            "Hardmax": [OperatorForm(inputs: 1...1, attributes: ["axis": .int], infer: axisTypes)],
            "Dropout": [
                OperatorForm(since: 7, until: 11, inputs: 1...1, attributes: ["ratio": .float], infer: dropoutTypes),
                OperatorForm(since: 12, inputs: 1...3, attributes: ["seed": .int], infer: dropoutTypes),
            ],
        ]
    }()

    private static func batchTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        guard !call.flag("training_mode") else {
            throw call.unsupported("training_mode", "networks only run, never train")
        }
        try call.require(0, .floating)
        return try perChannelTypes(call)
    }

    /// The inputs after the first have one entry for each channel.
    private static func perChannelTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .floating)
        let input = try call.input(0)
        let channels = try call.channels(of: input)
        for index in 1..<call.inputs.count {
            let shape = try call.input(index).shape
            guard shape == [channels] else {
                throw call.invalid("input \(index) has shape \(shape) instead of \(channels)")
            }
        }
        return [input]
    }

    private static func groupTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .floating)
        let input = try call.input(0)
        let channels = try call.channels(of: input)
        let groups = call.int("num_groups", default: 0)
        guard groups > 0, channels % groups == 0 else {
            throw call.unsupported("num_groups", "\(groups) groups do not divide \(channels) channels")
        }
        // Since operator set 21 scale and bias are per channel, before per group.
        let parameters = call.version >= 21 ? channels : groups
        for index in 1..<3 {
            let shape = try call.input(index).shape
            guard shape == [parameters] else {
                throw call.invalid("input \(index) has shape \(shape) instead of \(parameters)")
            }
        }
        return [input]
    }

    private static func layerTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .floating)
        let input = try call.input(0)
        let axis = try call.axis(default: -1, of: input.shape)
        let normalized = Shape(Array(input.shape.dimensions[axis...]))
        for index in 1..<call.inputs.count {
            guard let shape = call.optionalInput(index)?.shape else { continue }
            guard normalized.broadcast(with: shape) == normalized else {
                throw call.invalid("input \(index) of shape \(shape) does not broadcast to \(normalized)")
            }
        }
        var statistics = input.shape
        for index in axis..<input.shape.rank { statistics[index] = 1 }
        let statisticsType = ValueType(shape: statistics, elementType: .float32)
        return call.inputs.count == 2 && call.node.operatorType == "RMSNormalization"
            ? [input] : [input, statisticsType, statisticsType]
    }

    private static func localResponseTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .floating)
        guard (1...maximumExtent).contains(call.int("size", default: 0)) else {
            throw call.unsupported("size", "must be given and positive")
        }
        let input = try call.input(0)
        _ = try call.channels(of: input)
        return [input]
    }

    private static func axisTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .floating)
        let input = try call.input(0)
        // Before operator set 13 the softmax family flattens from its axis on, and counts from 1.
        let defaultAxis = call.version < 13 && call.node.operatorType != "LpNormalization" ? 1 : -1
        let axis = call.int("axis", default: defaultAxis)
        if axis != input.shape.rank || call.version >= 13 { _ = try call.normalizedAxis(axis, of: input.shape) }
        return [input]
    }

    private static func dropoutTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        if call.optionalInput(2) != nil {
            guard let training = call.constant(2), training.elementType == .bool, training.elementCount == 1,
                training.array(of: Bool.self) == [false]
            else { throw call.invalid("is in training mode; export the network for inference") }
        }
        let input = try call.input(0)
        return [input, ValueType(shape: input.shape, elementType: .bool)]
    }
}

extension OperatorCall {
    /// The extent of the channel axis, the second one.
    func channels(of type: ValueType) throws(OperatorError) -> Int {
        guard type.shape.rank >= 2 else { throw invalid("its input of shape \(type.shape) has no channel axis") }
        return type.shape[1]
    }
}
