import ONNX
import Operators
import Tensors
import TestSupport
import Testing

@Suite("Reference: quantised operators")
struct ReferenceQuantizationTests {
    @Test("QuantizeLinear rounds halves to even, shifts and saturates; NaN becomes the zero point")
    func quantize() throws {
        let input = floats([0.25, 0.75, -100, 100, .nan], [5])
        let result = try evaluate("QuantizeLinear", [input, Tensor(scalar: Float(0.5)), Tensor(scalar: UInt8(10))])
        #expect(result == Tensor([10, 12, 0, 210, 10] as [UInt8], shape: [5]))
        let signed = try evaluate("QuantizeLinear", [input, Tensor(scalar: Float(0.5)), Tensor(scalar: Int8(0))])
        #expect(signed == Tensor([0, 2, -128, 127, 0] as [Int8], shape: [5]))
    }

    @Test("scales run along an axis, or over blocks of it")
    func axes() throws {
        let input = Tensor([10, 20, 30, 40] as [Int8], shape: [2, 2])
        let scales = floats([1, 0.5], [2])
        let zero = Tensor([0, 10] as [Int8], shape: [2])
        #expect(
            try evaluate("DequantizeLinear", [input, scales, zero], ["axis": .int(0)])
                == floats([10, 20, 10, 15], [2, 2]))
        #expect(
            try evaluate("DequantizeLinear", [input, scales, zero], ["axis": .int(1)])
                == floats([10, 5, 30, 15], [2, 2]))
        let blocks = try evaluate(
            "DequantizeLinear", [Tensor([1, 2, 3] as [Int8], shape: [1, 3]), floats([10, 100], [1, 2])],
            ["axis": .int(1), "block_size": .int(2)], version: 21)
        #expect(blocks == floats([10, 20, 300], [1, 3]))
        #expect(throws: OperatorError.self) { try evaluate("DequantizeLinear", [input, floats([1, 1, 1], [3])]) }
        #expect(throws: OperatorError.self) { try evaluate("DequantizeLinear", [input, Tensor(scalar: Float(0))]) }
    }

    @Test("DynamicQuantizeLinear covers the range of its input and zero")
    func dynamic() throws {
        let results = try evaluateAll("DynamicQuantizeLinear", [floats([0, 2, -3, 4.65], [4])], outputs: 3)
        #expect(results[1] == Tensor(scalar: (Float(4.65) + 3) / 255))
        #expect(results[2] == Tensor(scalar: UInt8(100)))
        #expect(results[0] == Tensor([100, 167, 0, 255] as [UInt8], shape: [4]))
        let zeros = try evaluateAll("DynamicQuantizeLinear", [floats([0, 0], [2])], outputs: 3)
        #expect(zeros[0] == Tensor([0, 0] as [UInt8], shape: [2]))
    }

    @Test("ConvInteger is the convolution of centred integers, padding included")
    func integerConvolution() throws {
        let input = Tensor([1, 2, 3, 4] as [UInt8], shape: [1, 1, 2, 2])
        let weights = Tensor([1, -1, 2, -128] as [Int8], shape: [1, 1, 2, 2])
        let result = try evaluate(
            "ConvInteger", [input, weights, Tensor(scalar: UInt8(1))], ["pads": .ints([0, 0, 1, 1])])
        #expect(result == Tensor([0 - 1 + 4 - 384, 1 + 6, 2 - 3, 3] as [Int32], shape: [1, 1, 2, 2]))
    }

    @Test("QLinearConv equals dequantising, convolving and quantising", arguments: 0..<20)
    func quantizedConvolution(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let input = Tensor(
            (0..<2 * 5 * 5).map { _ in UInt8.random(in: 0...255, using: &generator) }, shape: [1, 2, 5, 5])
        let weights = Tensor(
            (0..<3 * 2 * 9).map { _ in Int8.random(in: -127...127, using: &generator) }, shape: [3, 2, 3, 3])
        // Powers of two keep the floats exact, so that both ways agree to the last bit.
        let (inputScale, resultScale) = (Tensor(scalar: Float(0.25)), Tensor(scalar: Float(64)))
        let weightScales = floats([0.5, 0.25, 1], [3])
        let (inputZero, resultZero) = (Tensor(scalar: UInt8(77)), Tensor(scalar: UInt8(100)))
        let weightZeros = Tensor([0, 0, 0] as [Int8], shape: [3])
        let pads: [String: AttributeValue] = ["pads": .ints([1, 1, 1, 1])]
        let result = try evaluate(
            "QLinearConv",
            [input, inputScale, inputZero, weights, weightScales, weightZeros, resultScale, resultZero], pads)
        let convolved = try evaluate(
            "Conv",
            [
                evaluate("DequantizeLinear", [input, inputScale, inputZero]),
                evaluate("DequantizeLinear", [weights, weightScales, weightZeros], ["axis": .int(0)]),
            ], pads)
        #expect(try result == evaluate("QuantizeLinear", [convolved, resultScale, resultZero]))
    }

    @Test("quantised matrix products subtract zero points by row and by column")
    func products() throws {
        let left = Tensor([1, 2, 3, 4] as [UInt8], shape: [2, 2])
        let right = Tensor([5, 6, 7, 8] as [UInt8], shape: [2, 2])
        let result = try evaluate(
            "MatMulInteger",
            [left, right, Tensor([1, 3] as [UInt8], shape: [2]), Tensor([5, 6] as [UInt8], shape: [2])])
        // [0 1; 0 1] * [0 0; 2 2]
        #expect(result == Tensor([2, 2, 2, 2] as [Int32], shape: [2, 2]))
    }

    @Test("TopK is stable, NonMaxSuppression keeps the best of overlapping boxes")
    func detection() throws {
        let top = try evaluateAll("TopK", [floats([1, 3, 3, 2], [4]), integers(3)], outputs: 2)
        #expect(top == [floats([3, 3, 2], [3]), integers(1, 2, 3)])
        let least = try evaluateAll(
            "TopK", [floats([5, 1, 4, 2], [2, 2]), integers(1)], ["axis": .int(0), "largest": .int(0)], outputs: 2)
        #expect(least == [floats([4, 1], [1, 2]), Tensor([1, 0] as [Int64], shape: [1, 2])])

        let boxes = floats([0, 0, 2, 2, 0, 0, 2, 1.9, 5, 5, 6, 6], [1, 3, 4])
        let scores = floats([0.6, 0.9, 0.5], [1, 1, 3])
        let kept = try evaluate(
            "NonMaxSuppression", [boxes, scores, integers(10), floats([0.5], [1]), floats([0.1], [1])])
        #expect(kept == Tensor([0, 0, 1, 0, 0, 2] as [Int64], shape: [2, 3]))
        #expect(try evaluate("NonMaxSuppression", [boxes, scores]).shape == [0, 3])
    }
}
