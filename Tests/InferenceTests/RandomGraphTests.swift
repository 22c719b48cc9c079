import ONNX
import SightlineInference
import Tensors
import Testing

/// Graphs that nobody would draw: convolutions, and what moves, joins, cuts and quantises their results, in any order.
@Suite("Random graphs")
struct RandomGraphTests {
    private typealias Value = (name: String, shape: [Int])

    private static let largestElementCount = 20_000

    @Test("agree with the reference, whatever is joined, cut, padded and reshaped", arguments: 0..<300)
    func agree(seed: Int) throws {
        let builder = Self.graph(seed: seed)
        let expected = try builder.referenceOutputs()
        let actual = try builder.engineOutputs(EngineOptions(threads: 1 + seed % 3))
        for (index, (left, right)) in zip(actual, expected).enumerated() {
            #expect(left.shape == right.shape)
            let limit = 1e-5 * max(GraphBuilder.largestMagnitude(right), 1)
            let pairs = zip(left.array(of: Float.self), right.array(of: Float.self))
            // Sums that fall between two steps may round the other way when they become bytes again.
            let isRounded = builder.graph.nodes.count { $0.operatorType == "QuantizeLinear" } > 1
            let allowed = isRounded ? 1 + right.elementCount / 50 : 0
            let differing = pairs.count { !(abs($0 - $1) <= limit) }
            #expect(differing <= allowed, "output \(index): \(differing) of \(right.elementCount) elements differ")
        }
    }

    private static func graph(seed: Int) -> GraphBuilder {
        var builder = GraphBuilder(seed: UInt64(seed + 7000))
        let extents = [(6, 5), (1, 7), (9, 1), (4, 4), (1, 1), (10, 20)]
        let (height, width) = builder.random.choice(extents)
        let images = builder.random.choice([1, 1, 1, 2])
        let x = builder.quantized(
            builder.input(Shape([images, 8, height, width]), range: 2), scale: 0.02, zeroPoint: 100)
        var values: [Value] = (0..<builder.random.integer(2...4)).map { _ in
            let channels = builder.random.choice([1, 3, 4, 5, 16, 17, 20])
            let kernel = builder.random.choice([1, 1, 3])
            let y = builder.node(
                "Conv", [x, builder.quantizedWeights([channels, 8, kernel, kernel])],
                ["pads": .ints([Int](repeating: kernel / 2, count: 4))])
            return (y, [images, channels, height, width])
        }
        let operators = [
            "Sigmoid", "Relu", "Concat", "Concat", "Concat", "Split", "Reshape", "Reshape", "Quantize", "Transpose",
            "Mul", "Pad",
        ]
        for _ in 0..<builder.random.integer(3...9) {
            let value = builder.random.choice(values)
            values += results(of: builder.random.choice(operators), value, among: values, &builder)
        }
        let read = Set(builder.graph.nodes.flatMap(\.inputs))
        for value in values where !read.contains(value.name) { builder.output(value.name) }
        // Something that others read as well.
        if seed % 3 == 0, let inner = values.first(where: { read.contains($0.name) }) { builder.output(inner.name) }
        return builder
    }

    private static func results(
        of operation: String, _ value: Value, among values: [Value], _ builder: inout GraphBuilder
    ) -> [Value] {
        let shape = value.shape
        let axis = builder.random.integer(0...(shape.count - 1))
        switch operation {
        case "Sigmoid", "Relu": return [(builder.node(operation, [value.name]), shape)]
        case "Mul": return [(builder.node("Mul", [value.name, builder.constant([1], 1.5...1.5)]), shape)]
        case "Quantize": return [(builder.quantized(value.name, scale: 0.125, zeroPoint: 128), shape)]
        case "Concat": return concatenation(of: value, axis, among: values, &builder)
        case "Split": return parts(of: value, axis, &builder)
        case "Reshape": return [reshaped(value, &builder)]
        case "Transpose":
            let order = shape.indices.map { ($0 + axis) % shape.count }
            return [(builder.node("Transpose", [value.name], ["perm": .ints(order)]), order.map { shape[$0] })]
        default: return [padded(value, &builder)]
        }
    }

    private static func concatenation(
        of value: Value, _ axis: Int, among values: [Value], _ builder: inout GraphBuilder
    ) -> [Value] {
        let fitting = values.filter { other in
            other.shape.count == value.shape.count
                && value.shape.indices.allSatisfy { $0 == axis || other.shape[$0] == value.shape[$0] }
        }
        var chosen = (0..<builder.random.integer(2...3)).map { _ in builder.random.choice(fitting) }
        if builder.random.integer(0...1) == 0 { chosen = fitting.suffix(3).reversed() }
        var shape = value.shape
        shape[axis] = chosen.reduce(0) { $0 + $1.shape[axis] }
        guard chosen.count > 1, shape.reduce(1, *) <= largestElementCount else { return [] }
        return [(builder.node("Concat", chosen.map(\.name), ["axis": .int(axis)]), shape)]
    }

    private static func parts(of value: Value, _ axis: Int, _ builder: inout GraphBuilder) -> [Value] {
        guard value.shape[axis] > 1 else { return [] }
        let first = builder.random.integer(1...(value.shape[axis] - 1))
        let extents = [first, value.shape[axis] - first]
        let names = builder.nodes(
            "Split", [value.name, builder.constant(Tensor(extents.map { Int64($0) }, shape: [2]))],
            ["axis": .int(axis)], outputs: 2)
        return zip(names, extents).map { name, extent in
            var shape = value.shape
            shape[axis] = extent
            return (name, shape)
        }
    }

    private static func reshaped(_ value: Value, _ builder: inout GraphBuilder) -> Value {
        let count = value.shape.reduce(1, *)
        let first = value.shape[0]
        let second = value.shape.count > 1 ? value.shape[1] : 1
        var targets = [
            [first, count / first], [count], [first, count / first, 1, 1], [first, second, count / (first * second)],
        ]
        if value.shape.count < 5 { targets += [value.shape + [1], [first, 1] + value.shape.dropFirst()] }
        let target = builder.random.choice(targets)
        let shape = builder.constant(Tensor(target.map { Int64($0) }, shape: [target.count]))
        return (builder.node("Reshape", [value.name, shape]), target)
    }

    private static func padded(_ value: Value, _ builder: inout GraphBuilder) -> Value {
        let rank = value.shape.count
        let pads = (0..<(2 * rank)).map { _ in builder.random.choice([0, 0, 1, 2]) }
        let constant = builder.constant(Tensor(pads.map { Int64($0) }, shape: [2 * rank]))
        let ground = builder.constant(Tensor(scalar: Float(0.25)))
        let shape = value.shape.indices.map { value.shape[$0] + pads[$0] + pads[$0 + rank] }
        return (builder.node("Pad", [value.name, constant, ground]), shape)
    }
}
