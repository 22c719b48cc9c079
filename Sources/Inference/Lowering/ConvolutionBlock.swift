/// What an int8 convolution computes at each place where its kernel is called: the channels of a block of output pixels.
///
/// Two kinds of layers are computed so. A pointwise convolution with a DepthToSpace behind it computes the blocks that a
/// transposed convolution would. A convolution of few output channels computes some neighbouring pixels at once, since vectors
/// have eight lanes at least: its window then holds what all of them need, and each pixel's weights are zero elsewhere.
struct ConvolutionBlock {
    /// Output pixels.
    var rows = 1
    var columns = 1
    /// Channels of each.
    var pixelChannels: Int
    /// Whether columns come last among a block's outputs, as planes want them; else channels do.
    var isPlanar: Bool
    /// Bytes from an input pixel to the next where neighbouring pixels share a window; nil where the convolution's own
    /// channels hold the block.
    var inputPitch: Int?

    var outputs: Int { rows * columns * pixelChannels }

    /// The pixel and channel that an output is.
    private func place(of output: Int) -> (row: Int, column: Int, channel: Int) {
        let (row, rest) = output.quotientAndRemainder(dividingBy: columns * pixelChannels)
        if isPlanar { return (row, rest % columns, rest / columns) }
        return (row, rest / pixelChannels, rest % pixelChannels)
    }

    /// The convolution's own channel that each output is.
    ///
    /// - Parameter count: how many channels the convolution has.
    func channels(of count: Int) -> [Int] {
        (0..<outputs).map { output in
            let (row, column, channel) = place(of: output)
            return ((row * columns + column) * pixelChannels + channel) % count
        }
    }

    /// Weights as [output][tap][channel] of the kernel that is called.
    func weights(of builder: QuantizedPartBuilder) -> [Int8] {
        let (bytes, shape, window) = (builder.weights.bytes, builder.weights.shape, builder.window)
        let channels = channels(of: shape[0])
        let length = inputPitch.map { (columns + window.kernelWidth - 1) * $0 } ?? window.kernelWidth * shape[1]
        var result = [Int8](repeating: 0, count: outputs * window.kernelHeight * length)
        for output in 0..<outputs {
            let shift = inputPitch == nil ? 0 : place(of: output).column
            for inner in 0..<shape[1] {
                for row in 0..<window.kernelHeight {
                    for column in 0..<window.kernelWidth {
                        let to = (output * window.kernelHeight + row) * length
                        let from = (channels[output] * shape[1] + inner) * window.taps
                        result[to + (column + shift) * (inputPitch ?? shape[1]) + inner] =
                            bytes[from + row * window.kernelWidth + column]
                    }
                }
            }
        }
        return result
    }
}
