import CKernels

/// What follows a float convolution's sums: an activation, in place.
struct FloatFinish {
    enum Activation {
        case none
        case function(sightline_float_function, Float, Float)
        /// One slope for each channel, repeated for some pixels.
        case slopes(ConstantMemory<Float>)

        static func slopes(_ slopes: [Float]) -> Activation {
            let repeats = max(1, 512 / slopes.count)
            return .slopes(ConstantMemory((0..<repeats).flatMap { _ in slopes }))
        }
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
            // Slopes are repeated for many pixels, so that few channels do not mean short runs.
            let repeats = pixelStride == channels ? slopes.count / channels : 1
            var pixel = 0
            while pixel < pixels {
                let count = min(repeats, pixels - pixel)
                let at = base + pixel * pixelStride
                kernels.combine(SIGHTLINE_FLOAT_PRELU, at, slopes.base, at, count * channels)
                pixel += count
            }
        }
    }
}
