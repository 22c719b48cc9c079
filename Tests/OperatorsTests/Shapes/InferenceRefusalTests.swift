import ONNX
import Operators
import Tensors
import Testing

@Suite("Inference refuses nodes that break their operator's definition")
struct InferenceRefusalTests {
    private func infer(
        _ type: String, _ inputs: [ValueType?], _ attributes: [String: AttributeValue] = [:], constants: [Tensor?] = [],
        outputs: Int = 1, version: Int = 17
    ) throws(OperatorError) -> [ValueType] {
        let node = Node(
            name: "node", operatorType: type, inputs: inputs.indices.map { inputs[$0] == nil ? "" : "i\($0)" },
            outputs: (0..<outputs).map { "o\($0)" }, attributes: attributes)
        return try OperatorTypes.infer(node: node, inputs: inputs, constants: constants, operatorSetVersion: version)
    }

    private func float(_ shape: Shape) -> ValueType { ValueType(shape: shape, elementType: .float32) }

    private static let picture = ValueType(shape: [1, 3, 8, 8], elementType: .float32)
    private static let weights = ValueType(shape: [4, 3, 3, 3], elementType: .float32)

    @Test(
        "attributes are named: unknown ones, those of another kind or version, and impossible values",
        arguments: [
            ("Conv", "colour", AttributeValue.int(1)), ("Conv", "strides", .int(1)), ("Conv", "strides", .ints([1])),
            ("Conv", "strides", .ints([0, 1])), ("Conv", "pads", .ints([1, 1])),
            ("Conv", "pads", .ints([-1, 0, 0, 0])),
            ("Conv", "group", .int(3)), ("Conv", "group", .int(0)), ("Conv", "dilations", .ints([Int.max, 1])),
            ("Conv", "kernel_shape", .ints([5, 5])), ("Conv", "auto_pad", .string("WIDE")),
        ])
    func attributes(type: String, name: String, value: AttributeValue) {
        let error = #expect(throws: OperatorError.self) {
            try infer(type, [Self.picture, Self.weights], [name: value])
        }
        guard case .unsupportedAttribute("node", type, name, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("an attribute that became an input is refused in newer operator sets")
    func movedAttribute() throws {
        let axes: [String: AttributeValue] = ["axes": .ints([0])]
        #expect(try infer("Squeeze", [float([1, 2])], axes, version: 12) == [float([2])])
        #expect(throws: OperatorError.self) { try infer("Squeeze", [float([1, 2])], axes, version: 13) }
        #expect(throws: OperatorError.self) { try infer("ReduceSum", [float([1, 2])], axes, version: 13) }
        #expect(try infer("ReduceMax", [float([1, 2])], axes, version: 17) == [float([1, 2])])
        #expect(throws: OperatorError.self) { try infer("ReduceMax", [float([1, 2])], axes, version: 18) }
        #expect(throws: OperatorError.self) { try infer("Gelu", [float([1, 2])], version: 19) }
    }

    @Test(
        "shapes, element types and counts that do not fit",
        arguments: [
            ("Conv", [picture]), ("Conv", [picture, ValueType(shape: [4, 2, 3, 3], elementType: .float32)]),
            ("Conv", [picture, ValueType(shape: [4, 3, 9, 9], elementType: .float32)]),
            ("Conv", [picture, ValueType(shape: [4, 3, 3, 3], elementType: .float16)]),
            ("Conv", [picture, nil]), ("Conv", [picture, weights, ValueType(shape: [3], elementType: .float32)]),
            ("Add", [picture, ValueType(shape: [5], elementType: .float32)]),
            ("Add", [picture, ValueType(shape: [], elementType: .int32)]), ("Add", [picture]),
            ("Sigmoid", [ValueType(shape: [2], elementType: .int32)]), ("Not", [picture]),
            ("MatMul", [picture, ValueType(shape: [3, 2], elementType: .float32)]),
            ("PRelu", [ValueType(shape: [3], elementType: .float32), picture]),
            ("GlobalAveragePool", [ValueType(shape: [2, 2], elementType: .float32)]),
            ("BatchNormalization", [picture, picture, picture, picture, picture]),
            ("Softmax", [ValueType(shape: [], elementType: .float32)]), ("Sum", []),
        ] as [(String, [ValueType?])])
    func misfits(type: String, inputs: [ValueType?]) {
        let error = #expect(throws: OperatorError.self) { try infer(type, inputs) }
        #expect(error?.description.contains("'node' (\(type))") == true)
    }

    @Test("values of impossible size are refused, without overflow")
    func sizes() {
        let huge = ValueType(shape: [1 << 30, 1 << 30], elementType: .float32)
        #expect(throws: OperatorError.self) { try infer("Relu", [huge]) }
        #expect(throws: OperatorError.self) { try infer("Relu", [float([Int.max, Int.max, Int.max])]) }
        #expect(throws: OperatorError.self) { try infer("Relu", [float([0, Int.max])]) }
        #expect(throws: OperatorError.self) { try infer("Relu", [float([-1])]) }
        let repeats = Tensor([Int64.max, Int64.max], shape: [2])
        let type = ValueType(shape: [2], elementType: .int64)
        for name in ["Tile", "Expand", "Reshape"] {
            #expect(throws: OperatorError.self) { try infer(name, [float([2, 2]), type], constants: [nil, repeats]) }
        }
        let scales = Tensor([1e30, 1e30] as [Float], shape: [2])
        #expect(throws: OperatorError.self) {
            try infer("Resize", [float([2, 2]), nil, float([2])], constants: [nil, nil, scales])
        }
        #expect(throws: OperatorError.self) {
            try infer("ConstantOfShape", [type], constants: [repeats])
        }
    }

    @Test("a shape that hangs on the picture itself is refused")
    func dynamicShape() {
        let shape = ValueType(shape: [2], elementType: .int64)
        let error = #expect(throws: OperatorError.self) { try infer("Reshape", [float([4]), shape]) }
        #expect(error?.description.contains("known at load") == true)
        #expect(throws: OperatorError.self) { try infer("NonZero", [float([4])]) }
    }

    @Test("training mode and outputs beyond the definition are refused")
    func training() {
        #expect(throws: OperatorError.self) {
            try infer(
                "BatchNormalization", [Self.picture] + Array(repeating: float([3]), count: 4),
                ["training_mode": .int(1)])
        }
        #expect(throws: OperatorError.self) { try infer("Relu", [Self.picture], outputs: 2) }
        #expect(throws: OperatorError.self) {
            try infer("Dropout", [Self.picture, float([]), ValueType(shape: [], elementType: .bool)])
        }
    }
}
