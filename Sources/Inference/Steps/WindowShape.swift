/// The window that convolutions and pools slide: extents, strides, dilations and padding, in pixels.
struct WindowShape: Hashable {
    var kernelHeight: Int
    var kernelWidth: Int
    var strideHeight = 1
    var strideWidth = 1
    var dilationHeight = 1
    var dilationWidth = 1
    var top = 0
    var left = 0
    var bottom = 0
    var right = 0

    var taps: Int { kernelHeight * kernelWidth }

    /// Whether each output pixel reads the one input pixel at its own place.
    var isPointwise: Bool {
        taps == 1 && strideHeight == 1 && strideWidth == 1 && top == 0 && left == 0 && bottom == 0 && right == 0
    }
}
