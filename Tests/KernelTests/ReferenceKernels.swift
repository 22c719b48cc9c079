import CKernels

/// What the contract in the headers says, in the plainest Swift and with wide integers where they make it plainer.
enum ReferenceKernels {
    static func limited(_ value: Float, _ lower: Float, _ upper: Float) -> Float {
        if value.isNaN { return lower }
        return min(max(value.rounded(.toNearestOrEven), lower), upper)
    }

    static func fused(_ value: Float, _ scale: Float, _ bias: Float) -> Float {
        bias.addingProduct(value, scale)
    }

    static func curve(_ curve: CurveTables, _ argument: Int16) -> UInt8 {
        let bits = UInt16(bitPattern: argument)
        let segment = Int(bits >> 10)
        let fraction = Int16(bitPattern: (bits << 6) ^ 0x8000)
        let rise = (Int64(curve.slope[segment]) * Int64(fraction) + 0x4000) >> 15
        let value = Int64(curve.centre[segment]) + rise
        return UInt8((UInt64(bitPattern: value) & 0xFFFF) >> 8)
    }

    /// The output byte of one sum; `.float` epilogues are handled by the caller.
    static func byte(_ epilogue: EpilogueTables, _ sum: Int32, channel: Int) -> UInt8 {
        byte(epilogue, value: fused(Float(sum), epilogue.scale[channel], epilogue.bias[channel]), channel: channel)
    }

    /// The output byte of a value that has been scaled already.
    static func byte(_ epilogue: EpilogueTables, value: Float, channel: Int) -> UInt8 {
        let lower = Float(epilogue.lower)
        let upper = Float(epilogue.upper)
        switch epilogue.kind {
        case SIGHTLINE_OUTPUT_REQUANTIZED:
            return UInt8(limited(value, lower, upper))
        case SIGHTLINE_OUTPUT_CURVE:
            return curve(epilogue.curve, Int16(limited(value, -32768, 32767)))
        case SIGHTLINE_OUTPUT_ARCS:
            let fine = fused(epilogue.arcs(value), epilogue.gain[channel], epilogue.offset[channel])
            return UInt8(limited(fine, lower, upper))
        default:
            let bent = value < 0 ? value * epilogue.negativeSlope[channel] : value
            return UInt8(limited(bent + epilogue.zeroPoint, lower, upper))
        }
    }

    /// The sum behind one output. `weights` is laid out [output channel][row][column][input channel], or for depthwise
    /// [channel][row][column].
    static func sum(_ test: ConvolutionCase, row: Int, column: Int, channel: Int) -> Int32 {
        let shape = test.shape
        let depth = test.depthwise ? 1 : Int(shape.input_channels)
        var total: Int64 = 0
        var index = channel * test.taps * depth
        for i in 0..<Int(shape.kernel_height) {
            for j in 0..<Int(shape.kernel_width) {
                let y = row * Int(shape.stride_height) + i * Int(shape.dilation_height)
                let x = column * Int(shape.stride_width) + j * Int(shape.dilation_width)
                let pixel = y * test.inputRowStride + x * test.inputPixelStride + (test.depthwise ? channel : 0)
                for k in 0..<depth {
                    total += Int64(test.input.bytes[pixel + k]) * Int64(test.weights[index])
                    index += 1
                }
            }
        }
        if !test.startingSums.isEmpty {
            total += Int64(test.startingSums[column / 2 * test.startingSumStride + channel])
        }
        return Int32(truncatingIfNeeded: total)
    }

    /// The largest byte under the kernel's window.
    static func maximum(_ test: ConvolutionCase, row: Int, column: Int, channel: Int) -> UInt8 {
        let shape = test.shape
        var largest: UInt8 = 0
        for i in 0..<Int(shape.kernel_height) {
            for j in 0..<Int(shape.kernel_width) {
                let y = row * Int(shape.stride_height) + i * Int(shape.dilation_height)
                let x = column * Int(shape.stride_width) + j * Int(shape.dilation_width)
                largest = max(largest, test.input.bytes[y * test.inputRowStride + x * test.inputPixelStride + channel])
            }
        }
        return largest
    }
}
