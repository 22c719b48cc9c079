import Foundation
import ONNX
import Operators
import TestSupport
import Tensors
import Testing

/// What import lets through must not bring down what follows.
@Suite("Damaged networks")
struct DamagedGraphTests {
    /// A small detector-like network: convolution, normalisation, shapes computed from the input, a decoder.
    private static let bytes: Data = {
        var builder = GraphBuilder()
        builder.input("x", [.symbolic("b"), .fixed(3), .symbolic("h"), .symbolic("w")])
        builder.random("w", [4, 3, 3, 3])
        for name in ["gamma", "beta", "mean"] { builder.random(name, [4]) }
        builder.random("variance", [4], positive: true)
        for (name, value) in [("zero", 0), ("two", 2), ("minus", -1), ("four", 4)] as [(String, Int64)] {
            builder.constant(name, Tensor([value], shape: [1]))
        }
        builder.constant("scales", Tensor([1, 1, 2, 2] as [Float], shape: [4]))
        builder.constant("half", Tensor(scalar: Float(0.5)))
        builder.constant("start", Tensor(scalar: Int64(0)))
        builder.constant("one", Tensor(scalar: Int64(1)))
        builder.constant("pads", Tensor([0, 0, 1, 1, 0, 0, 1, 1] as [Int64], shape: [8]))
        builder.node("Pad", ["x", "pads"], ["p"])
        builder.node("Conv", ["p", "w"], ["a"], ["strides": .ints([2, 2])])
        builder.node("BatchNormalization", ["a", "gamma", "beta", "mean", "variance"], ["n"])
        builder.node("MaxPool", ["n"], ["m"], ["kernel_shape": .ints([3, 3]), "pads": .ints([1, 1, 1, 1])])
        builder.node("Resize", ["m", "", "scales"], ["r"], ["mode": .string("nearest")])
        builder.node("Shape", ["r"], ["s"])
        builder.node("Gather", ["s", "two"], ["height"], ["axis": .int(0)])
        builder.node("Squeeze", ["height"], ["limit"])
        builder.node("Range", ["start", "limit", "one"], ["rows"])
        builder.node("Cast", ["rows"], ["real"], ["to": .int(1)])
        builder.node("Add", ["real", "half"], ["centres"])
        builder.node("Concat", ["minus", "height"], ["target"], ["axis": .int(0)])
        builder.node("ConstantOfShape", ["height"], ["filled"], ["value": .tensor(Tensor([2] as [Int64], shape: [1]))])
        builder.node("Expand", ["centres", "s"], ["grid"])
        builder.node("Mul", ["r", "grid"], ["g"])
        builder.node("Slice", ["g", "zero", "four", "two"], ["cut"])
        builder.node("Split", ["g"], ["left", "right"], ["axis": .int(1)])
        builder.node("Tile", ["left", "s"], ["tiled"])
        builder.node("Reshape", ["g", "target"], ["y"])
        builder.node("Transpose", ["y"], ["z"], ["perm": .ints([1, 0])])
        builder.output("y", "z", "right", "filled", "cut")
        builder.graph.metadata["imgsz"] = "[8, 8]"
        return (try? builder.graph.serialized()) ?? Data()
    }()

    private func load(_ bytes: Data) throws {
        _ = try Graph(serialized: bytes).specialized().foldingBatchNormalization().foldingChannelArithmetic()
    }

    @Test("with any bit flipped, loading ends in a graph or in one line")
    func bitFlips() throws {
        try load(Self.bytes)
        var refused = 0
        // Every bit takes minutes in a debug build; a fixed seed picks some.
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<3_000 {
            var altered = Self.bytes
            let bit = Int.random(in: 0..<altered.count * 8, using: &generator)
            altered[bit / 8] ^= 1 << (bit % 8)
            do {
                try load(altered)
            } catch {
                refused += 1
                #expect(!"\(error)".contains("\n"))
            }
        }
        #expect(refused > 100)
    }

    @Test("cut anywhere, loading ends in a graph or in one line")
    func truncation() {
        for count in stride(from: 0, to: Self.bytes.count, by: 3) {
            #expect(throws: (any Error).self) { try load(Self.bytes.prefix(count)) }
        }
    }
}
