import CKernels
import Testing

@Suite("Blends of quantised tensors")
struct BlendTests {
    /// One blend with its data: strides are in elements, buffers end at an unreadable page.
    private struct Case {
        let channels: Int
        let rows: Int
        let columns: Int
        let inputStride: Int
        let outputStride: Int
        let a: GuardedBuffer
        let b: GuardedBuffer?
        var epilogue: EpilogueTables
        var scaleB: [Float]

        init(
            channels: Int, gap: Int, hasTwo: Bool, kind: sightline_output_kind, _ generator: inout SplitMix
        ) {
            self.channels = channels
            rows = generator.integer(1...3)
            columns = generator.integer(1...7)
            inputStride = channels + gap
            outputStride = channels + gap
            let count = (rows * columns - 1) * inputStride + (channels + 3) / 4 * 4
            func random() -> GuardedBuffer {
                let buffer = GuardedBuffer(count: count)
                for index in 0..<count { buffer.bytes[index] = UInt8(truncatingIfNeeded: generator.next()) }
                return buffer
            }
            a = random()
            b = hasTwo ? random() : nil
            epilogue = EpilogueTables(kind, channels: channels, typicalSum: 200, &generator)
            scaleB = epilogue.scale.map { $0 * 0.7 }
        }

        var elementBytes: Int { epilogue.kind == SIGHTLINE_OUTPUT_FLOAT ? 4 : 1 }

        func region(_ output: UnsafeMutableRawPointer) -> sightline_blend_region {
            sightline_blend_region(
                a: UnsafePointer(a.base), a_row_stride: inputStride * columns, a_pixel_stride: inputStride,
                b: b.map { UnsafePointer($0.base) }, b_row_stride: inputStride * columns, b_pixel_stride: inputStride,
                output: output, output_row_stride: outputStride * columns * elementBytes,
                output_pixel_stride: outputStride * elementBytes, rows: UInt32(rows), columns: UInt32(columns),
                channels: UInt32(channels))
        }

        private var pattern: [UInt8] {
            (0..<rows * columns * outputStride * elementBytes + 64).map { UInt8(truncatingIfNeeded: $0 &* 91) }
        }

        func result(_ table: KernelTable) -> [UInt8] {
            var output = pattern
            output.withUnsafeMutableBytes { buffer in
                var region = region(buffer.baseAddress!)
                epilogue.withValue { table.functions.blend($0, scaleB, &region) }
            }
            return output
        }

        func expected() -> [UInt8] {
            var output = pattern
            for pixel in 0..<rows * columns {
                for channel in 0..<channels {
                    let input = pixel * inputStride + channel
                    let place = (pixel * outputStride + channel) * elementBytes
                    let value = value(channel, a: a.bytes[input], b: b?.bytes[input])
                    if elementBytes == 1 {
                        output[place] = ReferenceKernels.byte(epilogue, value: value, channel: channel)
                    } else {
                        for byte in 0..<4 {
                            output[place + byte] = UInt8(truncatingIfNeeded: value.bitPattern >> UInt32(8 * byte))
                        }
                    }
                }
            }
            return output
        }

        private func value(_ channel: Int, a: UInt8, b: UInt8?) -> Float {
            let inner =
                b.map { ReferenceKernels.fused(Float($0), scaleB[channel], epilogue.bias[channel]) }
                ?? epilogue.bias[channel]
            return ReferenceKernels.fused(Float(a), epilogue.scale[channel], inner)
        }
    }

    @Test("one tensor or two, any channel count and layout, every way out", arguments: outputKinds.indices)
    func anyShape(kind: Int) {
        var generator = SplitMix(seed: UInt64(kind))
        for channels in [1, 2, 3, 4, 7, 8, 9, 12, 16, 19, 25, 31, 32, 33, 63, 64, 65, 100, 128, 131, 192] {
            for hasTwo in [false, true] {
                let test = Case(
                    channels: channels, gap: generator.pick([0, 0, 1, 16]), hasTwo: hasTwo, kind: outputKinds[kind],
                    &generator)
                let expected = test.expected()
                for table in KernelTable.all {
                    #expect(test.result(table) == expected, "\(table.name), \(channels) channels, two: \(hasTwo)")
                }
            }
        }
    }

    @Test("extreme and senseless factors give defined bytes", arguments: [0, 1, 2, 4])
    func extremeScales(kind: Int) {
        var generator = SplitMix(seed: 100 + UInt64(kind))
        let scales: [Float] = [0, 1, -1, 1e8, -1e8, 1e30, -1e30, .infinity, -.infinity, .nan]
        for channels in [5, 64, 100] {
            var test = Case(channels: channels, gap: 0, hasTwo: true, kind: outputKinds[kind], &generator)
            for channel in 0..<channels {
                test.epilogue.scale[channel] = generator.pick(scales)
                test.epilogue.bias[channel] = generator.pick(scales)
                test.epilogue.negativeSlope[channel] = generator.pick(scales)
                test.epilogue.gain[channel] = generator.pick(scales)
                test.epilogue.offset[channel] = generator.pick(scales)
                test.scaleB[channel] = generator.pick(scales)
            }
            let expected = test.expected()
            for table in KernelTable.all {
                #expect(test.result(table) == expected, "\(table.name), \(channels) channels")
            }
        }
    }

    @Test("bytes may be blended in place")
    func inPlace() {
        var generator = SplitMix(seed: 200)
        for table in KernelTable.all {
            for channels in [3, 16, 65, 128] {
                let test = Case(
                    channels: channels, gap: 0, hasTwo: true, kind: SIGHTLINE_OUTPUT_REQUANTIZED, &generator)
                let expected = test.expected().prefix(test.rows * test.columns * channels)
                var region = test.region(test.a.base)
                test.epilogue.withValue { table.functions.blend($0, test.scaleB, &region) }
                #expect(test.a.bytes.prefix(expected.count).elementsEqual(expected), "\(table.name)")
            }
        }
    }
}
