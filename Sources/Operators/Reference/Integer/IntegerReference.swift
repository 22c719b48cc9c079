/// Quantised layers in plain integer loops, exactly as the engine's kernels must compute them.
///
/// Every kernel of every instruction set is compared with these functions bit by bit. Sums are 32-bit and wrap.
public enum IntegerReference {
    /// Sums of a dense convolution with one group.
    ///
    /// - Parameters:
    ///   - weights: output channel x kernel row x kernel column x input channel.
    ///   - padding: the byte that stands outside of the image, which is the input's zero point.
    /// - Precondition: `weights` has one entry for each of the above, at least one output channel.
    public static func convolutionSums(
        _ image: IntegerImage<UInt8>, weights: [Int8], outputChannels: Int, window: IntegerWindow, padding: UInt8
    ) -> IntegerImage<Int32> {
        let taps = window.kernelHeight * window.kernelWidth
        precondition(weights.count == outputChannels * taps * image.channels, "weights do not fit the convolution")
        return sums(image, outputChannels: outputChannels, window: window, padding: padding) { pixel, tap, output in
            let channels = pixel.count
            return weights.withUnsafeBufferPointer { weights in
                var sum: Int32 = 0
                let start = (output * taps + tap) * channels
                for channel in 0..<channels {
                    sum &+= Int32(pixel[channel]) &* Int32(weights[start + channel])
                }
                return sum
            }
        }
    }

    /// Sums of a depthwise convolution: each channel is convolved with its own kernel.
    ///
    /// - Parameter weights: channel x kernel row x kernel column.
    public static func depthwiseSums(
        _ image: IntegerImage<UInt8>, weights: [Int8], window: IntegerWindow, padding: UInt8
    ) -> IntegerImage<Int32> {
        let taps = window.kernelHeight * window.kernelWidth
        precondition(weights.count == taps * image.channels, "weights do not fit the convolution")
        return sums(image, outputChannels: image.channels, window: window, padding: padding) { pixel, tap, output in
            Int32(pixel[output]) &* Int32(weights[output * taps + tap])
        }
    }

    /// The greatest byte under the window, for each channel; what lies outside of the image does not count.
    ///
    /// - Precondition: every window touches the image.
    public static func maximumPool(_ image: IntegerImage<UInt8>, window: IntegerWindow) -> IntegerImage<UInt8> {
        var result = IntegerImage<UInt8>(
            height: window.outputHeight(for: image.height), width: window.outputWidth(for: image.width),
            channels: image.channels, repeating: 0)
        for row in 0..<result.height {
            for column in 0..<result.width {
                forEachTap(of: window, at: row, column) { _, inputRow, inputColumn in
                    guard (0..<image.height).contains(inputRow), (0..<image.width).contains(inputColumn) else { return }
                    for channel in 0..<image.channels {
                        result[row, column, channel] = max(
                            result[row, column, channel], image[inputRow, inputColumn, channel])
                    }
                }
            }
        }
        return result
    }

    /// The sum of two quantised tensors: `clamp(round(a * scaleA + (b * scaleB + bias)), 0, 255)`, each product fused
    /// with its addition.
    public static func add(_ a: [UInt8], _ b: [UInt8], scaleA: Float, scaleB: Float, bias: Float) -> [UInt8] {
        zip(a, b).map { a, b in
            let value = bias.addingProduct(Float(b), scaleB).addingProduct(Float(a), scaleA)
            return value.isNaN ? 0 : UInt8(min(max(value.rounded(.toNearestOrEven), 0), 255))
        }
    }
}

// MARK: - Loops

extension IntegerReference {
    /// For each output pixel and channel, the sum of `product` over all taps, given the input pixel under the tap.
    private static func sums(
        _ image: IntegerImage<UInt8>, outputChannels: Int, window: IntegerWindow, padding: UInt8,
        product: (_ pixel: UnsafeBufferPointer<UInt8>, _ tap: Int, _ output: Int) -> Int32
    ) -> IntegerImage<Int32> {
        var result = IntegerImage<Int32>(
            height: window.outputHeight(for: image.height), width: window.outputWidth(for: image.width),
            channels: outputChannels, repeating: 0)
        let outside = [UInt8](repeating: padding, count: image.channels)
        let width = result.width
        result.elements.withUnsafeMutableBufferPointer { sums in
            image.elements.withUnsafeBufferPointer { elements in
                outside.withUnsafeBufferPointer { outside in
                    for pixel in 0..<(outputChannels == 0 ? 0 : sums.count / outputChannels) {
                        forEachTap(of: window, at: pixel / width, pixel % width) { tap, row, column in
                            let isInside = (0..<image.height).contains(row) && (0..<image.width).contains(column)
                            let start = (row * image.width + column) * image.channels
                            let source =
                                isInside
                                ? UnsafeBufferPointer(rebasing: elements[start..<start + image.channels]) : outside
                            for output in 0..<outputChannels {
                                sums[pixel * outputChannels + output] &+= product(source, tap, output)
                            }
                        }
                    }
                }
            }
        }
        return result
    }

    private static func forEachTap(
        of window: IntegerWindow, at row: Int, _ column: Int, _ body: (_ tap: Int, _ row: Int, _ column: Int) -> Void
    ) {
        for kernelRow in 0..<window.kernelHeight {
            for kernelColumn in 0..<window.kernelWidth {
                body(
                    kernelRow * window.kernelWidth + kernelColumn,
                    row * window.strideHeight + kernelRow * window.dilationHeight - window.padTop,
                    column * window.strideWidth + kernelColumn * window.dilationWidth - window.padLeft)
            }
        }
    }
}
