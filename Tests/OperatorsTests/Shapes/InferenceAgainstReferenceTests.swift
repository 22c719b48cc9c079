import ONNX
import Operators
import TestSupport
import Tensors
import Testing

/// Random nodes: where one of inference and evaluation accepts a node, so does the other, with the same types.
@Suite("Inferred types are those that the reference computes")
struct InferenceAgainstReferenceTests {
    private func check(
        _ node: Node, _ inputs: [Tensor?], version: Int = 19, sourceLocation: SourceLocation = #_sourceLocation
    ) -> Bool {
        let types = inputs.map { $0.map { ValueType(shape: $0.shape, elementType: $0.elementType) } }
        let computed: [Tensor]
        do {
            computed = try ReferenceOperators.evaluate(node, inputs: inputs, operatorSetVersion: version)
        } catch {
            // Some nodes are refused for what their values say, which inference does not see.
            return false
        }
        do {
            let inferred = try OperatorTypes.infer(
                node: node, inputs: types, constants: inputs, operatorSetVersion: version)
            let expected = computed.map { ValueType(shape: $0.shape, elementType: $0.elementType) }
            #expect(Array(inferred.prefix(expected.count)) == expected, "\(node)", sourceLocation: sourceLocation)
        } catch {
            Issue.record("\(error): \(node) \(types)", sourceLocation: sourceLocation)
        }
        return true
    }

    private func node(_ type: String, _ inputs: Int, _ attributes: [String: AttributeValue], outputs: Int = 1) -> Node {
        Node(
            name: "node", operatorType: type, inputs: (0..<inputs).map { "i\($0)" },
            outputs: (0..<outputs).map { "o\($0)" },
            attributes: attributes)
    }

    @Test("convolutions, transposed ones and pools")
    func windows() {
        var generator = SeededGenerator(seed: 1)
        func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        func pair(_ range: ClosedRange<Int>) -> [Int] { [random(range), random(range)] }
        var accepted = 0
        for _ in 0..<2_000 {
            let groups = random(1...2)
            let kernel = pair(1...4)
            let extents = pair(1...9)
            var attributes: [String: AttributeValue] = ["strides": .ints(pair(1...3)), "dilations": .ints(pair(1...3))]
            switch random(0...4) {
            case 0: attributes["auto_pad"] = .string("SAME_UPPER")
            case 1: attributes["auto_pad"] = .string("SAME_LOWER")
            case 2: attributes["auto_pad"] = .string("VALID")
            default: attributes["pads"] = .ints(pair(0...2) + pair(0...2))
            }
            let input = Tensor(zeros: Shape([random(1...2), 2 * groups] + extents), elementType: .float32)
            switch random(0...3) {
            case 0:
                attributes["group"] = .int(groups)
                let weights = Tensor(zeros: Shape([groups * random(1...2), 2] + kernel), elementType: .float32)
                accepted += check(node("Conv", 2, attributes), [input, weights]) ? 1 : 0
            case 1:
                attributes["group"] = .int(groups)
                if random(0...2) == 0 { attributes["output_padding"] = .ints(pair(0...1)) }
                if random(0...3) == 0 { attributes["output_shape"] = .ints(pair(3...12)) }
                let weights = Tensor(zeros: Shape([2 * groups, 2] + kernel), elementType: .float32)
                accepted += check(node("ConvTranspose", 2, attributes), [input, weights]) ? 1 : 0
            case let kind:
                attributes["kernel_shape"] = .ints(kernel)
                attributes["ceil_mode"] = .int(random(0...1))
                accepted += check(node(kind == 2 ? "MaxPool" : "AveragePool", 1, attributes), [input]) ? 1 : 0
            }
        }
        #expect(accepted > 1_000)
    }

    @Test("slices, splits, gathers, pads and resizes")
    func movements() {
        var generator = SeededGenerator(seed: 2)
        func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        func list(_ count: Int, _ range: ClosedRange<Int>) -> Tensor {
            Tensor((0..<count).map { _ in Int64(random(range)) }, shape: [count])
        }
        var accepted = 0
        for _ in 0..<2_000 {
            let shape: Shape = [random(1...6), random(0...5), random(1...7)]
            let input = Tensor(zeros: shape, elementType: .float32)
            let axis = AttributeValue.int(random(-3...2))
            switch random(0...5) {
            case 0:
                let axes = Tensor([Int64(random(0...1)), Int64(-1)], shape: [2])
                var steps = list(2, -2...2)
                steps.withMutableElements(as: Int64.self) { values in
                    for index in values.indices where values[index] == 0 { values[index] = Int64.min }
                }
                accepted +=
                    check(node("Slice", 5, [:]), [input, list(2, -9...9), list(2, -9...9), axes, steps]) ? 1 : 0
            case 1:
                let count = random(1...3)
                accepted +=
                    check(node("Split", 1, ["axis": axis, "num_outputs": .int(count)], outputs: count), [input]) ? 1 : 0
            case 2:
                let indices = Tensor(zeros: [random(1...3), random(1...2)], elementType: .int64)
                accepted += check(node("Gather", 2, ["axis": axis]), [input, indices]) ? 1 : 0
            case 3:
                let mode = ["constant", "edge", "reflect", "wrap"][random(0...3)]
                accepted += check(node("Pad", 2, ["mode": .string(mode)]), [input, list(6, -2...3)]) ? 1 : 0
            case 4:
                let sizes = list(3, 1...9)
                let policy = ["stretch", "not_larger", "not_smaller"][random(0...2)]
                var resize = node("Resize", 4, ["keep_aspect_ratio_policy": .string(policy)])
                resize.inputs[1] = ""
                resize.inputs[2] = ""
                accepted += check(resize, [input, nil, nil, sizes]) ? 1 : 0
            default:
                let scales = Tensor((0..<3).map { _ in Float.random(in: 0.2...3, using: &generator) }, shape: [3])
                var resize = node("Resize", 3, ["mode": .string("linear")])
                resize.inputs[1] = ""
                accepted += check(resize, [input, nil, scales]) ? 1 : 0
            }
        }
        #expect(accepted > 1_000)
    }

    @Test("products, reductions and broadcasts")
    func arithmetic() {
        var generator = SeededGenerator(seed: 3)
        func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        func tensor(_ rank: Int, _ range: ClosedRange<Int> = 1...2) -> Tensor {
            Tensor(zeros: Shape((0..<rank).map { _ in random(range) }), elementType: .float32)
        }
        var accepted = 0
        for _ in 0..<3_000 {
            switch random(0...4) {
            case 0: accepted += check(node("MatMul", 2, [:]), [tensor(random(1...4)), tensor(random(1...4))]) ? 1 : 0
            case 1:
                let attributes: [String: AttributeValue] = [
                    "transA": .int(random(0...1)), "transB": .int(random(0...1)),
                ]
                accepted += check(node("Gemm", 3, attributes), [tensor(2), tensor(2), tensor(random(0...2))]) ? 1 : 0
            case 2:
                let axes = Tensor((0..<random(0...2)).map { _ in Int64(random(-3...2)) }, shape: nil)
                let attributes: [String: AttributeValue] = [
                    "keepdims": .int(random(0...1)), "noop_with_empty_axes": .int(random(0...1)),
                ]
                accepted += check(node("ReduceSum", 2, attributes), [tensor(3), axes]) ? 1 : 0
            case 3:
                let inputs = [tensor(random(0...3)), tensor(random(0...3)), tensor(random(0...3))]
                accepted += check(node("Max", 3, [:]), inputs) ? 1 : 0
            default:
                let condition = Tensor(zeros: tensor(random(0...3)).shape, elementType: .bool)
                accepted += check(node("Where", 3, [:]), [condition, tensor(random(0...3)), tensor(2)]) ? 1 : 0
            }
        }
        #expect(accepted > 1_000)
    }

    @Test("what passes load can be computed: rules and implementations cover the same operators")
    func coverage() {
        let implemented = Set(ReferenceOperators.operatorTypes)
        // These have a rule only to say why they are refused.
        let known = Set(OperatorTypes.supportedOperators).subtracting(["Unique"])
        #expect(implemented.symmetricDifference(known).isEmpty, "\(implemented.symmetricDifference(known).sorted())")
    }
}

extension Tensor {
    /// A vector.
    fileprivate init(_ elements: [Int64], shape: Shape?) {
        self.init(elements, shape: shape ?? [elements.count])
    }
}
