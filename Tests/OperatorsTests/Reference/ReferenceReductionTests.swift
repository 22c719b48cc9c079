import Foundation
import ONNX
import Operators
import Tensors
import Testing

@Suite("Reference: reductions, products and normalisation")
struct ReferenceReductionTests {
    @Test("reductions run over the axes that are named")
    func reductions() throws {
        let input = counting([2, 3], from: 1)
        let rows: [String: AttributeValue] = ["axes": .ints([1]), "keepdims": .int(0)]
        #expect(try evaluate("ReduceMax", [input], rows) == floats([3, 6], [2]))
        #expect(try evaluate("ReduceMin", [input], rows) == floats([1, 4], [2]))
        #expect(try evaluate("ReduceMean", [input], rows) == floats([2, 5], [2]))
        #expect(try evaluate("ReduceProd", [input], rows) == floats([6, 120], [2]))
        #expect(try evaluate("ReduceSumSquare", [input], rows) == floats([14, 77], [2]))
        #expect(try evaluate("ReduceL1", [input], rows) == floats([6, 15], [2]))
        #expect(
            try evaluate("ReduceL2", [input], rows)
                == floats([Float(14.0.squareRoot()), Float(77.0.squareRoot())], [2]))
        #expect(try evaluate("ReduceSum", [input, integers(0)]) == floats([5, 7, 9], [1, 3]))
        #expect(try evaluate("ReduceSum", [input], ["keepdims": .int(0)]) == floats([21], []))
        #expect(try evaluate("ReduceSum", [input], ["noop_with_empty_axes": .int(1)]) == input)
        #expect(try evaluate("ReduceMax", [input, integers(-1)], version: 18) == floats([3, 6], [2, 1]))
        let exponentials = try evaluate("ReduceLogSumExp", [floats([1000, 1000], [2])]).array(of: Float.self)[0]
        #expect(abs(exponentials - 1000.6931) < 1e-3)
        #expect(throws: OperatorError.self) { try evaluate("ReduceMax", [input], rows, version: 18) }
    }

    @Test("an empty set has the neutral element")
    func emptySets() throws {
        let empty = floats([], [0, 2])
        #expect(try evaluate("ReduceSum", [empty, integers(0)]) == floats([0, 0], [1, 2]))
        #expect(
            try evaluate("ReduceMax", [empty, integers(0)], version: 20) == floats([-.infinity, -.infinity], [1, 2]))
        #expect(try evaluate("ReduceProd", [empty, integers(0)], version: 18) == floats([1, 1], [1, 2]))
    }

    @Test("ArgMax takes the first of equal elements, or the last where asked")
    func extremes() throws {
        let input = floats([1, 5, 5, 2, 0, 2], [2, 3])
        #expect(try evaluate("ArgMax", [input], ["axis": .int(1)]) == Tensor([1, 0] as [Int64], shape: [2, 1]))
        #expect(
            try evaluate("ArgMax", [input], ["axis": .int(1), "select_last_index": .int(1), "keepdims": .int(0)])
                == integers(2, 2))
        #expect(try evaluate("ArgMin", [input], ["axis": .int(0)]) == Tensor([0, 1, 1] as [Int64], shape: [1, 3]))
    }

    @Test("CumSum runs either way, with or without the element itself")
    func runningSums() throws {
        let input = counting([3], from: 1)
        let axis = Tensor(scalar: Int64(0))
        #expect(try evaluate("CumSum", [input, axis]) == floats([1, 3, 6], [3]))
        #expect(try evaluate("CumSum", [input, axis], ["reverse": .int(1)]) == floats([6, 5, 3], [3]))
        #expect(try evaluate("CumSum", [input, axis], ["exclusive": .int(1)]) == floats([0, 1, 3], [3]))
    }

    @Test("Softmax takes one axis since version 13, and all from an axis on before")
    func softmax() throws {
        let input = floats([0, 0, 0, 0], [1, 2, 2])
        #expect(try evaluate("Softmax", [input]) == floats([0.5, 0.5, 0.5, 0.5], [1, 2, 2]))
        #expect(try evaluate("Softmax", [input], version: 12) == floats([0.25, 0.25, 0.25, 0.25], [1, 2, 2]))
        let large = try evaluate("Softmax", [floats([1e4, 1e4 + 1], [2])]).array(of: Float.self)
        #expect(abs(large[1] - Float(1 / (1 + exp(-1.0)))) < 1e-6)
        let logarithms = try evaluate("LogSoftmax", [floats([0, 0], [2])]).array(of: Float.self)
        #expect(logarithms == [Float(-log(2.0)), Float(-log(2.0))])
        #expect(try evaluate("Hardmax", [floats([1, 3, 3], [3])]) == floats([0, 1, 0], [3]))
        let columns = try evaluate("Softmax", [floats([0, 5, 0, 5], [2, 2])], ["axis": .int(0)])
        #expect(columns == floats([0.5, 0.5, 0.5, 0.5], [2, 2]))
    }

    @Test("matrices multiply, batches broadcast, vectors become matrices")
    func products() throws {
        let left = counting([2, 3])
        let right = counting([3, 2])
        #expect(try evaluate("MatMul", [left, right]) == floats([10, 13, 28, 40], [2, 2]))
        #expect(try evaluate("MatMul", [counting([3]), counting([3])]) == floats([5], []))
        #expect(try evaluate("MatMul", [left, counting([3])]) == floats([5, 14], [2]))
        let batched = try evaluate("MatMul", [counting([2, 1, 1, 3]), counting([2, 3, 1])])
        #expect(batched == floats([5, 14, 14, 50], [2, 2, 1, 1]))
        #expect(throws: OperatorError.self) { try evaluate("MatMul", [left, left]) }
        #expect(throws: OperatorError.self) { try evaluate("MatMul", [left, Tensor(scalar: Float(1))]) }
    }

    @Test("wide products equal the sum of products", arguments: [(3, 5, 64), (2, 7, 65), (5, 3, 130), (1, 1, 1)])
    func wideProducts(rows: Int, depth: Int, columns: Int) throws {
        let left = ReferenceConvolutionTests.whole([rows, depth], seed: 1)
        let right = ReferenceConvolutionTests.whole([depth, columns], seed: 2)
        let (a, b) = (left.array(of: Float.self), right.array(of: Float.self))
        let expected = (0..<rows * columns).map { flat in
            (0..<depth).reduce(Float(0)) { $0 + a[flat / columns * depth + $1] * b[$1 * columns + flat % columns] }
        }
        #expect(try evaluate("MatMul", [left, right]) == floats(expected, [rows, columns]))
    }

    @Test("Gemm scales, transposes and adds")
    func general() throws {
        let left = counting([3, 2])
        let right = counting([2, 3])
        let result = try evaluate(
            "Gemm", [left, right, floats([1, 2], [2])],
            ["transA": .int(1), "transB": .int(1), "alpha": .float(2), "beta": .float(10)])
        // [0 2 4; 1 3 5] * [0 3; 1 4; 2 5] = [10 28; 13 40]
        #expect(result == floats([30, 76, 36, 100], [2, 2]))
        #expect(throws: OperatorError.self) {
            try evaluate("Gemm", [left, right, counting([4, 3])])
        }
    }

    @Test("BatchNormalization uses the stored statistics")
    func batchNormalization() throws {
        let result = try evaluate(
            "BatchNormalization",
            [
                floats([1, 3, 10, 20], [1, 2, 2]), floats([2, 1], [2]), floats([0, 5], [2]), floats([1, 10], [2]),
                floats([4, 25], [2]),
            ], ["epsilon": .float(0)])
        #expect(result == floats([0, 2, 5, 7], [1, 2, 2]))
        #expect(throws: OperatorError.self) {
            try evaluate(
                "BatchNormalization", Array(repeating: floats([1], [1]), count: 5), ["training_mode": .int(1)])
        }
    }

    @Test("layer, instance and group normalisation take the statistics of their input")
    func ownStatistics() throws {
        let input = floats([1, 3, 2, 6], [1, 2, 2])
        let one = floats([1, 1], [2])
        let zero = floats([0, 0], [2])
        let expected: [Float] = [-1, 1, -1, 1]
        let epsilon: [String: AttributeValue] = ["epsilon": .float(0)]
        #expect(try evaluate("InstanceNormalization", [input, one, zero], epsilon).array() == expected)
        #expect(try evaluate("LayerNormalization", [input, one], epsilon).array() == expected)
        #expect(
            try evaluate(
                "GroupNormalization", [input, one, zero], ["epsilon": .float(0), "num_groups": .int(2)], version: 18
            )
            .array() == expected)
        #expect(try evaluate("LpNormalization", [floats([3, 4], [2])]) == floats([0.6, 0.8], [2]))
    }

    @Test("LRN divides by the squares of neighbouring channels")
    func localResponse() throws {
        let result = try evaluate(
            "LRN", [floats([1, 2, 3], [1, 3, 1])],
            ["size": .int(3), "alpha": .float(3), "beta": .float(1), "bias": .float(1)])
        #expect(result == floats([1.0 / 6, 2.0 / 15, 3.0 / 14], [1, 3, 1]))
    }
}
