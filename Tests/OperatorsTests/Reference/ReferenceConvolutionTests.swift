import ONNX
import Operators
import Tensors
import TestSupport
import Testing

@Suite("Reference: convolution and pooling")
struct ReferenceConvolutionTests {
    @Test("a 3x3 kernel of ones sums its neighbourhood")
    func neighbourhood() throws {
        let ones = floats(Array(repeating: 1, count: 9), [1, 1, 3, 3])
        let padded = try evaluate("Conv", [counting([1, 1, 3, 3]), ones], ["pads": .ints([1, 1, 1, 1])])
        #expect(padded == floats([8, 15, 12, 21, 36, 27, 20, 33, 24], [1, 1, 3, 3]))
        #expect(try evaluate("Conv", [counting([1, 1, 3, 3]), ones]) == floats([36], [1, 1, 1, 1]))
    }

    @Test("SAME_UPPER puts the odd row behind, SAME_LOWER before")
    func automaticPadding() throws {
        let input = floats([1, 2, 4, 8], [1, 1, 4])
        let pair = floats([1, 10], [1, 1, 2])
        #expect(
            try evaluate("Conv", [input, pair], ["auto_pad": .string("SAME_UPPER")])
                == floats([21, 42, 84, 8], [1, 1, 4]))
        #expect(
            try evaluate("Conv", [input, pair], ["auto_pad": .string("SAME_LOWER")])
                == floats([10, 21, 42, 84], [1, 1, 4]))
        #expect(
            try evaluate("Conv", [input, pair], ["auto_pad": .string("VALID")]) == floats([21, 42, 84], [1, 1, 3]))
    }

    /// A convolution geometry that is drawn at random.
    struct Geometry {
        var batch, groups, inputsPerGroup, outputsPerGroup: Int
        var input, kernel, strides, dilations, pads: [Int]

        init(seed: Int) {
            var generator = SeededGenerator(seed: UInt64(seed))
            func draw(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
            batch = draw(1...2)
            groups = draw(1...3)
            inputsPerGroup = draw(1...3)
            outputsPerGroup = draw(1...3)
            kernel = [draw(1...3), draw(1...4)]
            strides = [draw(1...3), draw(1...2)]
            dilations = [draw(1...2), draw(1...3)]
            pads = [draw(0...2), draw(0...2), draw(0...2), draw(0...2)]
            input = [draw(7...11), draw(10...14)]
        }

        var attributes: [String: AttributeValue] {
            [
                "group": .int(groups), "kernel_shape": .ints(kernel), "strides": .ints(strides),
                "dilations": .ints(dilations), "pads": .ints(pads),
            ]
        }

        func output(_ axis: Int) -> Int {
            (input[axis] + pads[axis] + pads[axis + 2] - (kernel[axis] - 1) * dilations[axis] - 1) / strides[axis] + 1
        }
    }

    /// Small integers, so that sums in any order are exact.
    static func whole(_ shape: Shape, seed: Int) -> Tensor {
        var generator = SeededGenerator(seed: UInt64(seed))
        return Tensor(
            (0..<shape.elementCount).map { _ in Float(Int.random(in: -9...9, using: &generator)) }, shape: shape)
    }

    @Test("equals seven nested loops over batch, output, input and kernel", arguments: 0..<40)
    func sevenLoops(seed: Int) throws {
        let geometry = Geometry(seed: seed)
        let (groups, depth, width) = (geometry.groups, geometry.inputsPerGroup, geometry.outputsPerGroup)
        let input = Self.whole([geometry.batch, groups * depth, geometry.input[0], geometry.input[1]], seed: seed)
        let weights = Self.whole([groups * width, depth, geometry.kernel[0], geometry.kernel[1]], seed: seed + 1000)
        let bias = Self.whole([groups * width], seed: seed + 2000)
        let result = try evaluate("Conv", [input, weights, bias], geometry.attributes)
        let shape: Shape = [geometry.batch, groups * width, geometry.output(0), geometry.output(1)]
        #expect(result.shape == shape)

        let expected = Self.sevenLoops(geometry, input, weights, bias, shape)
        #expect(result == floats(expected, shape))
    }

    /// The definition of a convolution, written down.
    static func sevenLoops(
        _ geometry: Geometry, _ input: Tensor, _ weights: Tensor, _ bias: Tensor, _ shape: Shape
    ) -> [Float] {
        let (groups, depth, width) = (geometry.groups, geometry.inputsPerGroup, geometry.outputsPerGroup)
        let (x, w, b) = (input.array(of: Float.self), weights.array(of: Float.self), bias.array(of: Float.self))
        var expected: [Float] = []
        for image in 0..<geometry.batch {
            for output in 0..<groups * width {
                for row in 0..<shape[2] {
                    for column in 0..<shape[3] {
                        var sum = b[output]
                        for channel in 0..<depth {
                            for kernelRow in 0..<geometry.kernel[0] {
                                for kernelColumn in 0..<geometry.kernel[1] {
                                    let y =
                                        row * geometry.strides[0] + kernelRow * geometry.dilations[0] - geometry.pads[0]
                                    let z =
                                        column * geometry.strides[1] + kernelColumn * geometry.dilations[1]
                                        - geometry.pads[1]
                                    guard (0..<geometry.input[0]).contains(y), (0..<geometry.input[1]).contains(z)
                                    else {
                                        continue
                                    }
                                    let plane = image * groups * depth + output / width * depth + channel
                                    let tap =
                                        ((output * depth + channel) * geometry.kernel[0] + kernelRow)
                                        * geometry.kernel[1] + kernelColumn
                                    sum += x[(plane * geometry.input[0] + y) * geometry.input[1] + z] * w[tap]
                                }
                            }
                        }
                        expected.append(sum)
                    }
                }
            }
        }
        return expected
    }

    @Test("a transposed convolution is the transpose of the convolution", arguments: 0..<30)
    func transpose(seed: Int) throws {
        // <conv(x), y> == <x, convTranspose(y)> holds exactly in whole numbers.
        let geometry = Geometry(seed: seed)
        let channels = geometry.groups * geometry.inputsPerGroup
        let input = Self.whole([geometry.batch, channels, geometry.input[0], geometry.input[1]], seed: seed)
        let weights = Self.whole(
            [
                geometry.groups * geometry.outputsPerGroup, geometry.inputsPerGroup, geometry.kernel[0],
                geometry.kernel[1],
            ], seed: seed + 1)
        let forward = try evaluate("Conv", [input, weights], geometry.attributes)
        let other = Self.whole(forward.shape, seed: seed + 2)
        var attributes = geometry.attributes
        attributes["output_padding"] = .ints(
            (0..<2).map { axis in
                let reach = (geometry.kernel[axis] - 1) * geometry.dilations[axis] + 1
                return (geometry.input[axis] + geometry.pads[axis] + geometry.pads[axis + 2] - reach)
                    % geometry.strides[axis]
            })
        let backward = try evaluate("ConvTranspose", [other, weights], attributes)
        #expect(backward.shape == input.shape)
        #expect(Self.dot(forward, other) == Self.dot(input, backward))
    }

    static func dot(_ left: Tensor, _ right: Tensor) -> Double {
        zip(left.array(of: Float.self), right.array(of: Float.self)).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }

    @Test("a convolution is linear in its input")
    func linearity() throws {
        let weights = Self.whole([4, 3, 3, 3], seed: 7)
        let (left, right) = (Self.whole([1, 3, 9, 9], seed: 8), Self.whole([1, 3, 9, 9], seed: 9))
        let sum = try evaluate("Conv", [evaluate("Add", [left, right]), weights])
        #expect(try sum == evaluate("Add", [evaluate("Conv", [left, weights]), evaluate("Conv", [right, weights])]))
    }

    @Test("one and three spatial axes work like two")
    func otherRanks() throws {
        #expect(
            try evaluate("Conv", [counting([1, 1, 5]), floats([1, 0, -1], [1, 1, 3])])
                == floats([-2, -2, -2], [1, 1, 3]))
        let cube = try evaluate(
            "Conv", [counting([1, 1, 2, 2, 2]), floats(Array(repeating: 1, count: 8), [1, 1, 2, 2, 2])])
        #expect(cube == floats([28], [1, 1, 1, 1, 1]))
    }

    @Test("a 2x2 transposed convolution of stride 2 copies its kernel to every pixel")
    func upsampling() throws {
        let kernel = floats([1, 2, 3, 4], [1, 1, 2, 2])
        let result = try evaluate(
            "ConvTranspose", [floats([1, 10], [1, 1, 1, 2]), kernel], ["strides": .ints([2, 2])])
        #expect(result == floats([1, 2, 10, 20, 3, 4, 30, 40], [1, 1, 2, 4]))
    }

    @Test("pooling takes the greatest or the mean of each window")
    func pooling() throws {
        let input = counting([1, 1, 3, 4])
        let window: [String: AttributeValue] = ["kernel_shape": .ints([2, 2])]
        #expect(try evaluate("MaxPool", [input], window) == floats([5, 6, 7, 9, 10, 11], [1, 1, 2, 3]))
        #expect(try evaluate("AveragePool", [input], window) == floats([2.5, 3.5, 4.5, 6.5, 7.5, 8.5], [1, 1, 2, 3]))
        let strided = window.merging(["strides": .ints([2, 2]), "ceil_mode": .int(1)]) { $1 }
        #expect(try evaluate("MaxPool", [input], strided) == floats([5, 7, 9, 11], [1, 1, 2, 2]))
        #expect(try evaluate("GlobalAveragePool", [input]) == floats([5.5], [1, 1, 1, 1]))
        #expect(try evaluate("GlobalMaxPool", [input]) == floats([11], [1, 1, 1, 1]))
    }

    @Test("padding counts in an average only where it is asked to")
    func paddedAverage() throws {
        let input = floats([2, 4], [1, 1, 2])
        var attributes: [String: AttributeValue] = ["kernel_shape": .ints([2]), "pads": .ints([1, 1])]
        #expect(try evaluate("AveragePool", [input], attributes) == floats([2, 3, 4], [1, 1, 3]))
        attributes["count_include_pad"] = .int(1)
        #expect(try evaluate("AveragePool", [input], attributes) == floats([1, 3, 2], [1, 1, 3]))
    }

    @Test("MaxPool also says where the greatest elements lie")
    func places() throws {
        let input = floats([1, 9, 3, 4], [1, 1, 2, 2])
        let results = try evaluateAll("MaxPool", [input], ["kernel_shape": .ints([1, 2])], outputs: 2)
        #expect(results == [floats([9, 4], [1, 1, 2, 1]), Tensor([1, 3] as [Int64], shape: [1, 1, 2, 1])])
        let columnMajor = try evaluateAll(
            "MaxPool", [input], ["kernel_shape": .ints([1, 2]), "storage_order": .int(1)], outputs: 2)
        #expect(columnMajor[1] == Tensor([2, 3] as [Int64], shape: [1, 1, 2, 1]))
    }

    @Test(
        "geometries that do not fit are refused",
        arguments: [
            ["pads": .ints([-1, 0, 0, 0])], ["strides": .ints([0, 1])], ["strides": .ints([1])],
            ["dilations": .ints([5, 5])], ["kernel_shape": .ints([2, 2])], ["group": .int(2)], ["group": .int(0)],
            ["auto_pad": .string("SOME")], ["pads": .ints([1 << 60, 0, 0, 0])], ["dilations": .ints([Int.max, 1])],
            ["pads": .ints([1 << 24, 1 << 24, 1 << 24, 1 << 24])], ["stride": .ints([1, 1])],
        ] as [[String: AttributeValue]])
    func refusals(attributes: [String: AttributeValue]) {
        #expect(throws: OperatorError.self) {
            try evaluate("Conv", [counting([1, 3, 5, 5]), counting([2, 3, 3, 3])], attributes)
        }
    }
}
