import ONNX
import SightlineInference
import Tensors
import Testing

@Suite("Detection heads")
struct DetectionHeadTests {
    /// Boxes and scores of two levels, as Ultralytics' exporter puts them together.
    private static func head(splitsLevels: Bool, classes: Int) -> GraphBuilder {
        var builder = GraphBuilder(seed: 3)
        let boxChannels = 6
        var levels: [String] = []
        var scores: [String] = []
        var boxes: [String] = []
        for side in [20, 9] {
            let x = builder.quantized(builder.input([1, 8, side, side], range: 2), scale: 0.013, zeroPoint: 100)
            let box = builder.node("Conv", [x, builder.quantizedWeights([boxChannels, 8, 1, 1])])
            let score = builder.node("Conv", [x, builder.quantizedWeights([classes, 8, 1, 1])])
            func flat(_ name: String, _ channels: Int) -> String {
                let shape = builder.constant(Tensor([1, Int64(channels), -1], shape: [3]))
                return builder.node("Reshape", [name, shape])
            }
            if splitsLevels {
                boxes.append(flat(box, boxChannels))
                scores.append(flat(score, classes))
            } else {
                let joined = builder.node("Concat", [box, score], ["axis": .int(1)])
                levels.append(flat(joined, boxChannels + classes))
            }
        }
        var parts = [boxes, scores].map { $0.isEmpty ? "" : builder.node("Concat", $0, ["axis": .int(2)]) }
        if !splitsLevels {
            let all = builder.node("Concat", levels, ["axis": .int(2)])
            let extents = builder.constant(Tensor([Int64(boxChannels), Int64(classes)], shape: [2]))
            parts = builder.nodes("Split", [all, extents], ["axis": .int(1)], outputs: 2)
        }
        let doubled = builder.node("Mul", [parts[0], builder.constant([1, boxChannels, 1])])
        let probabilities = builder.node("Sigmoid", [parts[1]])
        builder.output(builder.node("Concat", [doubled, probabilities], ["axis": .int(1)]))
        return builder
    }

    @Test(
        "scores go into planes right behind their convolution, whether levels are joined first or not",
        arguments: [true, false], [1, 5, 80])
    func scores(splitsLevels: Bool, classes: Int) throws {
        let builder = Self.head(splitsLevels: splitsLevels, classes: classes)
        for threads in 1...3 { try builder.expectReference(within: 1e-6, EngineOptions(threads: threads)) }
        let operators = try builder.engine().layers.map(\.operatorType)
        if classes > 1 { #expect(operators.count { $0 == "Conv+Sigmoid+Planes" } == 2, "\(operators)") }
    }

    @Test("heads compute the same bytes on every instruction set")
    func instructionSets() throws {
        let builder = Self.head(splitsLevels: false, classes: 5)
        let expected = try builder.engineOutputs(EngineOptions(threads: 1, instructionSet: "portable"))
        for name in InstructionSets.available {
            #expect(try builder.engineOutputs(EngineOptions(threads: 2, instructionSet: name)) == expected)
        }
    }

    @Test("a convolution that is padded along channels lies on its ground")
    func padded() throws {
        var builder = GraphBuilder(seed: 5)
        let x = builder.quantized(builder.input([1, 8, 9, 7], range: 2), scale: 0.013, zeroPoint: 100)
        let y = builder.node("Conv", [x, builder.quantizedWeights([6, 8, 1, 1])])
        let pads = builder.constant(Tensor([0, 2, 0, 0, 0, 3, 0, 0] as [Int64], shape: [8]))
        builder.output(builder.node("Pad", [y, pads, builder.constant(Tensor(scalar: Float(0.25)))]))
        try builder.expectReference(within: 1e-6)
    }

    @Test("a score that somebody else reads, and a concatenation that is an output, stay in memory")
    func readElsewhere() throws {
        var builder = GraphBuilder(seed: 4)
        var scores: [String] = []
        for side in [5, 3] {
            let x = builder.quantized(builder.input([1, 8, side, side], range: 2), scale: 0.013, zeroPoint: 100)
            let score = builder.node("Conv", [x, builder.quantizedWeights([7, 8, 1, 1])])
            let shape = builder.constant(Tensor([1, 7, -1] as [Int64], shape: [3]))
            scores.append(builder.node("Reshape", [score, shape]))
        }
        builder.output(scores[0])
        let all = builder.node("Concat", scores, ["axis": .int(2)])
        builder.output(all)
        let other = builder.input([1, 2, 34])
        builder.output(builder.node("Concat", [other, builder.node("Sigmoid", [all])], ["axis": .int(1)]))
        try builder.expectReference(within: 1e-6)
    }
}
