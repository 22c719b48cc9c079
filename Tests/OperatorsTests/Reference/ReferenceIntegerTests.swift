import Operators
import Tensors
import TestSupport
import Testing

@Suite("Reference: quantised layers in integers")
struct ReferenceIntegerTests {
    static func bytes(_ count: Int, _ generator: inout SeededGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    static func weights(_ count: Int, _ generator: inout SeededGenerator) -> [Int8] {
        (0..<count).map { _ in Int8.random(in: -127...127, using: &generator) }
    }

    /// A row-major NCHW tensor of an NHWC image.
    static func tensor(_ image: IntegerImage<UInt8>) -> Tensor {
        var elements: [UInt8] = []
        for channel in 0..<image.channels {
            for row in 0..<image.height {
                for column in 0..<image.width { elements.append(image[row, column, channel]) }
            }
        }
        return Tensor(elements, shape: [1, image.channels, image.height, image.width])
    }

    @Test("sums are those of ConvInteger, the zero point's share aside", arguments: 0..<20)
    func convolution(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let channels = Int.random(in: 1...5, using: &generator)
        let outputs = Int.random(in: 1...4, using: &generator)
        var window = IntegerWindow(kernel: Int.random(in: 1...3, using: &generator))
        window.strideWidth = Int.random(in: 1...2, using: &generator)
        window.dilationHeight = Int.random(in: 1...2, using: &generator)
        (window.padTop, window.padLeft, window.padBottom, window.padRight) = (1, 2, 0, 1)
        let image = IntegerImage(
            height: 7, width: 9, channels: channels, elements: Self.bytes(63 * channels, &generator))
        let taps = window.kernelHeight * window.kernelWidth
        let weights = Self.weights(outputs * taps * channels, &generator)
        let zeroPoint = UInt8.random(in: 0...255, using: &generator)
        let sums = IntegerReference.convolutionSums(
            image, weights: weights, outputChannels: outputs, window: window, padding: zeroPoint)

        // ONNX has the channels before the taps.
        let order = try evaluate(
            "Transpose", [Tensor(weights, shape: [outputs, taps, channels])], ["perm": .ints([0, 2, 1])])
        let kernel = order.reshaped(to: [outputs, channels, window.kernelHeight, window.kernelWidth])
        let expected = try evaluate(
            "ConvInteger", [Self.tensor(image), kernel, Tensor(scalar: zeroPoint)],
            [
                "strides": .ints([1, window.strideWidth]), "dilations": .ints([window.dilationHeight, 1]),
                "pads": .ints([1, 2, 0, 1]),
            ])
        #expect(expected.shape == [1, outputs, sums.height, sums.width])
        let centred = expected.array(of: Int32.self)
        for output in 0..<outputs {
            let total = weights[output * taps * channels..<(output + 1) * taps * channels].reduce(Int32(0)) {
                $0 + Int32($1)
            }
            for row in 0..<sums.height {
                for column in 0..<sums.width {
                    let place = (output * sums.height + row) * sums.width + column
                    #expect(sums[row, column, output] == centred[place] + Int32(zeroPoint) * total)
                }
            }
        }
    }

    @Test("a depthwise convolution is a dense one with zeros between the channels")
    func depthwise() {
        var generator = SeededGenerator(seed: 3)
        let image = IntegerImage(height: 6, width: 5, channels: 3, elements: Self.bytes(90, &generator))
        let weights = Self.weights(27, &generator)
        var dense = [Int8](repeating: 0, count: 81)
        for channel in 0..<3 {
            for tap in 0..<9 { dense[(channel * 9 + tap) * 3 + channel] = weights[channel * 9 + tap] }
        }
        let window = IntegerWindow(kernel: 3, stride: 2, pad: 1)
        #expect(
            IntegerReference.depthwiseSums(image, weights: weights, window: window, padding: 9)
                == IntegerReference.convolutionSums(
                    image, weights: dense, outputChannels: 3, window: window, padding: 9))
    }

    @Test("a kernel that does not fit has no output")
    func tooSmall() {
        let image = IntegerImage<UInt8>(height: 2, width: 5, channels: 1, repeating: 1)
        let sums = IntegerReference.convolutionSums(
            image, weights: Array(repeating: 1, count: 9), outputChannels: 1,
            window: IntegerWindow(kernel: 3, stride: 2),
            padding: 0)
        #expect(sums.height == 0)
        #expect(sums.elements.isEmpty)
    }

    @Test("sums wrap in 32 bits")
    func wrapping() {
        // 66,313 products of 255 and 127 pass 2^31.
        let count = 66_313
        let image = IntegerImage<UInt8>(height: 1, width: 1, channels: count, repeating: 255)
        let sums = IntegerReference.convolutionSums(
            image, weights: Array(repeating: 127, count: count), outputChannels: 1, window: IntegerWindow(kernel: 1),
            padding: 0)
        #expect(sums.elements == [Int32(truncatingIfNeeded: count * 255 * 127)])
        #expect(sums.elements[0] < 0)
    }

    @Test("epilogues round halves to even, fuse the multiply-add, and saturate")
    func epilogues() throws {
        let plain = IntegerEpilogue.requantized(scales: [0.5, 1], biases: [10, 0], lower: 3, upper: 250)
        #expect([-100, 0, 1, 3, 1000].map { plain($0, channel: 0) } == [3, 10, 10, 12, 250])
        let slopes = IntegerEpilogue.prelu(
            scales: [1], biases: [0], negativeSlopes: [0.25], zeroPoint: 100, lower: 0, upper: 255)
        #expect([-1000, -40, 0, 40, 1000].map { slopes($0, channel: 0) } == [0, 90, 100, 140, 255])
        let curve = try #require(
            QuantizedCurve(
                outputScale: 0.05, zeroPoint: 6, inputRange: -20...20, function: SmoothActivation.silu.callAsFunction))
        let smooth = IntegerEpilogue.curve(
            scales: [curve.argumentScale], biases: [curve.argumentOffset], curve)
        for value in -12...12 {
            #expect(smooth(Int32(value), channel: 0) == curve(curve.argument(of: Float(value))))
        }
        // 2^24 + 1 is no float: the sum is rounded before it is multiplied.
        let large = IntegerEpilogue.requantized(scales: [1], biases: [-16_777_216], lower: 0, upper: 255)
        #expect(large(16_777_217, channel: 0) == 0)
        #expect(large(16_777_219, channel: 0) == 4)
    }

    @Test("the greatest byte under each window is found, and sums of tensors are rounded once")
    func poolingAndAddition() {
        let image = IntegerImage<UInt8>(height: 2, width: 3, channels: 1, elements: [1, 9, 3, 7, 2, 8])
        let pooled = IntegerReference.maximumPool(image, window: IntegerWindow(kernel: 3, pad: 1))
        #expect(pooled.elements == [9, 9, 9, 9, 9, 9])
        let pairs = IntegerReference.maximumPool(image, window: IntegerWindow(kernelHeight: 1, kernelWidth: 2))
        #expect(pairs.elements == [9, 9, 7, 8])
        #expect(
            IntegerReference.add([0, 10, 255], [0, 3, 255], scaleA: 0.5, scaleB: 0.5, bias: 4) == [4, 10, 255])
    }
}
