/// How a two-dimensional convolution or pooling walks over its input.
public struct IntegerWindow: Sendable, Hashable {
    public var kernelHeight: Int
    public var kernelWidth: Int
    public var strideHeight: Int
    public var strideWidth: Int
    public var dilationHeight: Int
    public var dilationWidth: Int
    public var padTop: Int
    public var padLeft: Int
    public var padBottom: Int
    public var padRight: Int

    /// A square kernel with the same stride, dilation and padding both ways.
    public init(kernel: Int, stride: Int = 1, dilation: Int = 1, pad: Int = 0) {
        self.init(kernelHeight: kernel, kernelWidth: kernel)
        (strideHeight, strideWidth) = (stride, stride)
        (dilationHeight, dilationWidth) = (dilation, dilation)
        (padTop, padLeft, padBottom, padRight) = (pad, pad, pad, pad)
    }

    /// Stride and dilation 1, no padding.
    public init(kernelHeight: Int, kernelWidth: Int) {
        self.kernelHeight = kernelHeight
        self.kernelWidth = kernelWidth
        (strideHeight, strideWidth) = (1, 1)
        (dilationHeight, dilationWidth) = (1, 1)
        (padTop, padLeft, padBottom, padRight) = (0, 0, 0, 0)
    }

    /// Rows of output for so many rows of input; 0 when the kernel does not fit.
    public func outputHeight(for height: Int) -> Int {
        Self.count(height + padTop + padBottom, kernelHeight, dilationHeight, strideHeight)
    }

    public func outputWidth(for width: Int) -> Int {
        Self.count(width + padLeft + padRight, kernelWidth, dilationWidth, strideWidth)
    }

    private static func count(_ padded: Int, _ kernel: Int, _ dilation: Int, _ stride: Int) -> Int {
        let reach = (kernel - 1) * dilation + 1
        return padded < reach ? 0 : (padded - reach) / stride + 1
    }
}
