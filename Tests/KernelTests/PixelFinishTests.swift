import CKernels
import Testing

/// The way out of sums and normalisations, against the contract's arithmetic spelt out.
@Suite("Pixels on their way out")
struct PixelFinishTests {
    /// One call's data: pixels that lie apart in all maps.
    private struct Case {
        let pixels: Int
        let channels: Int
        let hasAddend: Bool
        let hasScales: Bool
        let input: [Float]
        let addend: [Float]
        let constants: [[Float]]
        let stride: Int

        init(channels: Int, flags: Int, _ generator: inout SplitMix) {
            pixels = generator.integer(1...9)
            self.channels = channels
            stride = channels + generator.pick([0, 0, 5])
            (hasAddend, hasScales) = (flags & 1 != 0, flags & 2 != 0)
            let count = pixels * stride + 16
            func numbers(_ count: Int) -> [Float] {
                (0..<count).map { _ in Float(Int(generator.next() >> 40) - 1 << 23) / 1_000_000 }
            }
            input = numbers(count)
            addend = numbers(count)
            // Scale, shift, slope, factor, zero point.
            constants = (0..<5).map { _ in numbers(channels + 16) }
        }

        func run(_ kernels: sightline_float_kernels) -> (reals: [Float], bytes: [UInt8]) {
            var reals = [Float](repeating: 7, count: input.count)
            var bytes = [UInt8](repeating: 9, count: input.count)
            input.withUnsafeBufferPointer { input in
                addend.withUnsafeBufferPointer { addend in
                    let memory = constants.map { values in
                        let copy = UnsafeMutablePointer<Float>.allocate(capacity: values.count)
                        copy.initialize(from: values, count: values.count)
                        return copy
                    }
                    defer { memory.forEach { $0.deallocate() } }
                    reals.withUnsafeMutableBufferPointer { reals in
                        bytes.withUnsafeMutableBufferPointer { bytes in
                            var call = sightline_float_pixels()
                            call.input = input.baseAddress
                            call.addend = hasAddend ? addend.baseAddress : nil
                            if hasScales {
                                call.scale = UnsafePointer(memory[0])
                                call.shift = UnsafePointer(memory[1])
                                call.slope = UnsafePointer(memory[2])
                            }
                            call.factors = UnsafePointer(memory[3])
                            call.zero_points = UnsafePointer(memory[4])
                            call.reals = reals.baseAddress
                            call.bytes = bytes.baseAddress
                            (call.input_stride, call.addend_stride) = (stride, stride)
                            (call.reals_stride, call.bytes_stride) = (stride, stride)
                            (call.pixels, call.channels) = (pixels, channels)
                            kernels.finish_pixels(&call)
                        }
                    }
                }
            }
            return (reals, bytes)
        }

        func expected() -> (reals: [Float], bytes: [UInt8]) {
            var reals = [Float](repeating: 7, count: input.count)
            var bytes = [UInt8](repeating: 9, count: input.count)
            for pixel in 0..<pixels {
                for channel in 0..<channels {
                    let index = pixel * stride + channel
                    var value = input[index]
                    if hasAddend { value += addend[index] }
                    if hasScales {
                        value = constants[1][channel].addingProduct(value, constants[0][channel])
                        if value < 0 { value *= constants[2][channel] }
                    }
                    reals[index] = value
                    let byte = constants[4][channel].addingProduct(value, constants[3][channel])
                    bytes[index] = UInt8(min(max(byte, 0), 255).rounded(.toNearestOrEven))
                }
            }
            return (reals, bytes)
        }
    }

    @Test("sums, scales, slopes and steps are exactly those of the contract", arguments: 0..<4)
    func exact(flags: Int) throws {
        var generator = SplitMix(seed: 60 + UInt64(flags))
        for channels in [1, 2, 6, 12, 15, 16, 17, 25, 32, 64, 70] {
            let test = Case(channels: channels, flags: flags, &generator)
            let expected = test.expected()
            for table in KernelTable.all {
                let kernels = try #require(sightline_float_kernels_named(table.name)).pointee
                let actual = test.run(kernels)
                #expect(actual.reals == expected.reals && actual.bytes == expected.bytes, "\(table.name), \(channels)")
            }
        }
    }
}
