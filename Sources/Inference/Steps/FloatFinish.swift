import CKernels

/// What follows a float convolution's sums: an activation, in place.
struct FloatFinish {
    enum Activation {
        case none
        case function(sightline_float_function, Float, Float)
        /// One slope for each channel.
        case slopes(ConstantMemory<Float>)
    }

    let activation: Activation
    let channels: Int
    let kernels: sightline_float_kernels

    /// Finishes `pixels` pixels in place.
    func apply(_ base: UnsafeMutablePointer<Float>, pixels: Int, pixelStride: Int) {
        switch activation {
        case .none: return
        case .function(let function, let p, let q):
            if pixelStride == channels { return kernels.apply(function, p, q, base, base, pixels * channels) }
            for pixel in 0..<pixels {
                let at = base + pixel * pixelStride
                kernels.apply(function, p, q, at, at, channels)
            }
        case .slopes(let slopes):
            for pixel in 0..<pixels {
                let at = base + pixel * pixelStride
                kernels.combine(SIGHTLINE_FLOAT_PRELU, at, slopes.base, at, channels)
            }
        }
    }
}
