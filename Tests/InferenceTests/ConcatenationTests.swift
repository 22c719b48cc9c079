import ONNX
import SightlineInference
import Tensors
import Testing

/// Concatenations of what lies in memory, of what is computed on the way, and of other concatenations.
@Suite("Concatenations")
struct ConcatenationTests {
    /// Real outputs of a quantised pointwise convolution.
    private static func convolution(_ builder: inout GraphBuilder, channels: Int, height: Int, width: Int) -> String {
        let x = builder.quantized(builder.input([1, 8, height, width], range: 2), scale: 0.013, zeroPoint: 100)
        return builder.node("Conv", [x, builder.quantizedWeights([channels, 8, 1, 1])])
    }

    private static func halves(
        _ builder: inout GraphBuilder, of name: String, _ first: Int, _ second: Int
    ) -> [String] {
        let extents = builder.constant(Tensor([Int64(first), Int64(second)], shape: [2]))
        return builder.nodes("Split", [name, extents], ["axis": .int(1)], outputs: 2)
    }

    @Test("halves of a value with something else between them keep their places")
    func between() throws {
        var builder = GraphBuilder(seed: 1)
        let whole = Self.convolution(&builder, channels: 6, height: 4, width: 4)
        let parts = Self.halves(&builder, of: whole, 3, 3)
        let upper = Self.convolution(&builder, channels: 5, height: 2, width: 4)
        let lower = Self.convolution(&builder, channels: 5, height: 2, width: 4)
        let pending = builder.node("Concat", [upper, lower], ["axis": .int(2)])
        builder.output(builder.node("Concat", [parts[0], pending, parts[1]], ["axis": .int(1)]))
        try builder.expectReference(within: 1e-6)
    }

    @Test("quantised halves with something of another step between them keep their places")
    func quantizedBetween() throws {
        var builder = GraphBuilder(seed: 2)
        let x = builder.quantized(builder.input([1, 6, 4, 4], range: 2), scale: 0.02, zeroPoint: 100)
        let parts = Self.halves(&builder, of: x, 3, 3)
        let y = builder.quantized(builder.input([1, 5, 4, 4], range: 2), scale: 0.017, zeroPoint: 90)
        let joined = builder.node("Concat", [parts[0], y, parts[1]], ["axis": .int(1)])
        builder.output(builder.quantized(joined, scale: 0.02, zeroPoint: 100))
        let difference = GraphBuilder.largestDifference(
            try builder.engineOutputs()[0], try builder.referenceOutputs()[0])
        #expect(difference <= 0.0201)
    }

    @Test("a half that goes through a function is computed", arguments: ["Sigmoid", "Relu"])
    func computed(function: String) throws {
        for isFirst in [true, false] {
            var builder = GraphBuilder(seed: 3)
            let whole = Self.convolution(&builder, channels: 8, height: 5, width: 3)
            var parts = Self.halves(&builder, of: whole, 3, 5)
            let index = isFirst ? 0 : 1
            parts[index] = builder.node(function, [parts[index]])
            let joined = builder.node("Concat", parts, ["axis": .int(1)])
            builder.output(builder.node("Mul", [joined, builder.constant([1, 8, 1, 1])]))
            try builder.expectReference(within: 1e-6)
        }
    }

    @Test("what is copied behind a convolution may have any rank")
    func ranks() throws {
        let shapes: [(channels: Int, height: Int, width: Int, target: [Int64])] = [
            (6, 1, 1, [1, -1]), (6, 6, 5, [1, 6, 30, 1]), (6, 6, 5, [1, 6, 1, 30]), (6, 6, 5, [1, 6, 1, 6, 5]),
            (1, 1, 1, [1]), (6, 6, 5, [6, 30]),
        ]
        for (channels, height, width, target) in shapes {
            var builder = GraphBuilder(seed: 4)
            let parts = (0..<2).map { _ in
                let y = Self.convolution(&builder, channels: channels, height: height, width: width)
                return builder.node("Reshape", [y, builder.constant(Tensor(target, shape: [target.count]))])
            }
            for part in parts { builder.output(builder.node("Identity", [part])) }
            let axis = target.count > 1 ? 1 : 0
            builder.output(builder.node("Concat", parts, ["axis": .int(axis)]))
            try builder.expectReference(within: 1e-6)
            var alone = GraphBuilder(seed: 5)
            let y = Self.convolution(&alone, channels: channels, height: height, width: width)
            alone.output(alone.node("Reshape", [y, alone.constant(Tensor(target, shape: [target.count]))]))
            try alone.expectReference(within: 1e-6)
        }
    }

    @Test("a padded value beside another one keeps to its own channels")
    func padded() throws {
        for axis in [1, 2, 3] {
            var builder = GraphBuilder(seed: 6)
            let first = Self.convolution(&builder, channels: 5, height: 6, width: 7)
            let second = Self.convolution(
                &builder, channels: axis == 1 ? 3 : 5, height: axis == 2 ? 4 : 6, width: axis == 3 ? 5 : 7)
            var extents: [Int64] = [0, 0, 0, 0, 0, 0, 0, 0]
            extents[axis] = 1
            extents[axis + 4] = 1
            let pads = builder.constant(Tensor(extents, shape: [8]))
            let value = builder.constant(Tensor(scalar: Float(0.25)))
            let joined = builder.node(
                "Concat", [first, builder.node("Pad", [second, pads, value])], ["axis": .int(1)])
            builder.output(builder.node("Mul", [joined, builder.constant([1, 10, 1, 1])]))
            try builder.expectReference(within: 1e-6)
        }
    }
}
