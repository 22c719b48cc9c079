import ONNX
import Operators
import SightlineInference
import Testing
import Tensors

@Suite("Attention")
struct AttentionTests {
    /// softmax(factor * Q K) V of a stack of two heads. `isTransposed`: as vision networks write it, keys last.
    private static func attention(
        keys: Int, depth: Int, features: Int, isTransposed: Bool, reach: Float, seed: UInt64
    ) -> GraphBuilder {
        var builder = GraphBuilder(seed: seed)
        let q = builder.input([2, keys, depth], range: reach)
        let k = builder.input([2, depth, keys], range: reach)
        let v = builder.input(isTransposed ? [2, features, keys] : [2, keys, features], range: 3)
        let factor = builder.constant(Tensor(scalar: Float(0.7)))
        let scores = builder.node("Mul", [builder.node("MatMul", [q, k]), factor])
        let weights = builder.node("Softmax", [scores], ["axis": .int(-1)])
        if isTransposed {
            let turned = builder.node("Transpose", [weights], ["perm": .ints([0, 2, 1])])
            builder.output(builder.node("MatMul", [v, turned]))
        } else {
            builder.output(builder.node("MatMul", [weights, v]))
        }
        return builder
    }

    private static let cases: [(keys: Int, depth: Int, features: Int, reach: Float)] = [
        (400, 32, 64, 0.5), (37, 4, 32, 3), (1, 3, 5, 1), (600, 4, 33, 0.1), (75, 8, 16, 20),
    ]

    @Test("in float it is that of the reference", arguments: 0..<5, [false, true])
    func float(index: Int, isTransposed: Bool) throws {
        let (keys, depth, features, reach) = Self.cases[index]
        try Self.attention(
            keys: keys, depth: depth, features: features, isTransposed: isTransposed, reach: reach, seed: 1
        ).expectReference(within: 1e-4)
    }

    @Test("in bytes it errs by a few steps of the values at most", arguments: 0..<5, [false, true])
    func bytes(index: Int, isTransposed: Bool) throws {
        let (keys, depth, features, reach) = Self.cases[index]
        var builder = Self.attention(
            keys: keys, depth: depth, features: features, isTransposed: isTransposed, reach: reach, seed: 2)
        builder.allowByteAttention()
        #expect(try builder.engine().layers.contains { $0.operatorType == "Attention" && $0.kind == .int8 })
        let expected = try builder.referenceOutputs()[0]
        let error = GraphBuilder.largestDifference(try builder.engineOutputs()[0], expected)
        // Values reach to 3: half a step of theirs, and weights that are off by half a 255th each.
        #expect(error <= 3.0 / 127 * 2.5)
    }

    @Test("in bytes every instruction set and number of threads computes the same", arguments: 0..<5)
    func determinism(index: Int) throws {
        let (keys, depth, features, reach) = Self.cases[index]
        var builder = Self.attention(
            keys: keys, depth: depth, features: features, isTransposed: true, reach: reach, seed: 3)
        builder.allowByteAttention()
        let expected = try builder.engineOutputs(EngineOptions(threads: 1, instructionSet: "portable"))
        for name in InstructionSets.available {
            for threads in 1...3 {
                #expect(try builder.engineOutputs(EngineOptions(threads: threads, instructionSet: name)) == expected)
            }
        }
    }

    @Test("with more keys than bytes are good for it stays in float")
    func manyKeys() throws {
        var builder = Self.attention(keys: 8193, depth: 2, features: 3, isTransposed: false, reach: 1, seed: 4)
        builder.allowByteAttention()
        #expect(try builder.engine().layers.contains { $0.operatorType == "Attention" && $0.kind == .float })
    }

    @Test("a mean under a distribution over sixteen channels is one step", arguments: [1, 15, 16, 50])
    func expectation(width: Int) throws {
        var builder = GraphBuilder(seed: 5)
        let x = builder.input([1, 64, width], range: 9)
        let shape = builder.constant(Tensor([Int64(1), 4, 16, Int64(width)], shape: [4]))
        let split = builder.node("Reshape", [x, shape])
        let channels = builder.node("Transpose", [split], ["perm": .ints([0, 2, 1, 3])])
        let shares = builder.node("Softmax", [channels], ["axis": .int(1)])
        let places = builder.constant(Tensor((0..<16).map { Float($0) }, shape: [1, 16, 1, 1]))
        builder.output(builder.node("Conv", [shares, places]))
        #expect(try builder.engine().layers.contains { $0.operatorType == "Softmax+Conv" })
        try builder.expectReference(within: 1e-5)
        let expected = try builder.engineOutputs(EngineOptions(threads: 1, instructionSet: "portable"))
        for name in InstructionSets.available {
            #expect(try builder.engineOutputs(EngineOptions(threads: 2, instructionSet: name)) == expected)
        }
    }
}
