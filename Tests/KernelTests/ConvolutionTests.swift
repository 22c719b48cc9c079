import CKernels
import Testing

/// All kinds of epilogue.
let outputKinds = [
    SIGHTLINE_OUTPUT_REQUANTIZED, SIGHTLINE_OUTPUT_CURVE, SIGHTLINE_OUTPUT_PRELU, SIGHTLINE_OUTPUT_FLOAT,
    SIGHTLINE_OUTPUT_ARCS,
]

@Suite("Dense convolution")
struct ConvolutionTests {
    private func check(_ test: ConvolutionCase) {
        let expected = test.expected()
        for table in KernelTable.all {
            test.check(test.result(table), expected, table)
        }
    }

    @Test("every count of output channels is written exactly, and nothing beside it", arguments: outputKinds.indices)
    func outputChannels(kind: Int) {
        var generator = SplitMix(seed: 1 + UInt64(kind))
        for channels in [
            1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 40, 47, 48, 49, 63, 64, 65, 79, 80, 81, 95,
            96, 97, 112, 127, 128, 144, 160, 161, 176, 240, 255,
        ] {
            let geometry = ConvolutionCase.Geometry(
                inputChannels: generator.pick([4, 8, 19]), outputChannels: channels, kernel: (1, 1), rows: 2,
                columns: generator.integer(1...23), outputGap: generator.pick([0, 1, 16]))
            check(ConvolutionCase(geometry, kind: outputKinds[kind], &generator))
        }
    }

    @Test("sums start from those of neighbouring pixels' common part", arguments: outputKinds.indices)
    func startingSums(kind: Int) {
        var generator = SplitMix(seed: 50 + UInt64(kind))
        for channels in [1, 5, 8, 13, 16, 31, 32, 48, 60, 64, 80, 100, 128] {
            for columns in [1, 2, 7, 20, 41] {
                let geometry = ConvolutionCase.Geometry(
                    inputChannels: generator.pick([4, 16, 19]), outputChannels: channels, kernel: (1, 1), rows: 2,
                    columns: columns, inputGap: generator.pick([0, 3, 64]), outputGap: generator.pick([0, 1, 16]))
                var test = ConvolutionCase(geometry, kind: outputKinds[kind], &generator)
                test.addStartingSums(gap: generator.pick([0, 3]), &generator)
                check(test)
            }
        }
    }

    @Test("every width of a row is covered, whatever the tile", arguments: [8, 16, 32, 48, 64, 80])
    func columns(outputChannels: Int) {
        var generator = SplitMix(seed: UInt64(outputChannels))
        for columns in 1...44 {
            let geometry = ConvolutionCase.Geometry(
                inputChannels: 8, outputChannels: outputChannels, kernel: (1, 1), rows: 1, columns: columns)
            check(ConvolutionCase(geometry, kind: outputKinds[columns % outputKinds.count], &generator))
        }
    }

    @Test("any count of input channels, dense or as a slice of a wider buffer")
    func inputChannels() {
        var generator = SplitMix(seed: 5)
        for channels in [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 16, 19, 20, 31, 32, 64, 65, 100, 131, 256] {
            for kernel in [1, 3] {
                let geometry = ConvolutionCase.Geometry(
                    inputChannels: channels, outputChannels: generator.pick([5, 8, 16, 24, 64, 80]),
                    kernel: (kernel, kernel), rows: 2, columns: generator.integer(1...12),
                    inputGap: generator.pick([0, 0, 1, 2, 3, 4, 16]))
                check(ConvolutionCase(geometry, kind: generator.pick(outputKinds), &generator))
            }
        }
    }

    @Test("any kernel, stride, dilation and layout", arguments: outputKinds.indices)
    func anyGeometry(kind: Int) {
        var generator = SplitMix(seed: 100 + UInt64(kind))
        for _ in 0..<60 {
            let geometry = ConvolutionCase.Geometry(
                inputChannels: generator.pick([1, 3, 4, 8, 12, 16, 32, 19]),
                outputChannels: generator.pick([1, 4, 8, 11, 16, 20, 32, 48, 64, 80, 100]),
                kernel: (generator.integer(1...5), generator.integer(1...5)),
                stride: (generator.integer(1...3), generator.integer(1...3)),
                dilation: (generator.integer(1...4), generator.integer(1...4)),
                rows: generator.integer(1...4), columns: generator.integer(1...24),
                inputGap: generator.pick([0, 0, 1, 5, 32]), outputGap: generator.pick([0, 0, 3, 64]))
            check(ConvolutionCase(geometry, kind: outputKinds[kind], &generator))
        }
    }

    @Test("an image's first layer, packed at three or four bytes a pixel", arguments: outputKinds.indices)
    func firstLayer(kind: Int) {
        var generator = SplitMix(seed: 200 + UInt64(kind))
        for (channels, gap) in [(3, 0), (3, 1), (4, 0), (4, 4), (1, 0)] {
            for kernel in [3, 6, 7] {
                for outputChannels in [8, 16, 24, 32, 48, 64] {
                    let geometry = ConvolutionCase.Geometry(
                        inputChannels: channels, outputChannels: outputChannels, kernel: (kernel, kernel),
                        stride: (2, 2), rows: 2, columns: generator.integer(1...70), inputGap: gap)
                    check(ConvolutionCase(geometry, kind: outputKinds[kind], &generator))
                }
            }
        }
    }

    @Test("the largest products do not saturate on the way: 255 times 127 and times -128")
    func largestProducts() {
        var generator = SplitMix(seed: 300)
        for (kernel, weight) in [(1, Int8(127)), (3, 127), (3, -128), (1, -128)] {
            for channels in [4, 64, 256] {
                let geometry = ConvolutionCase.Geometry(
                    inputChannels: channels, outputChannels: 72, kernel: (kernel, kernel), rows: 1, columns: 9)
                var test = ConvolutionCase(geometry, kind: SIGHTLINE_OUTPUT_FLOAT, &generator)
                test.weights = test.weights.map { _ in weight }
                for index in test.input.bytes.indices { test.input.bytes[index] = 255 }
                for channel in 0..<72 {
                    test.epilogue.scale[channel] = 1
                    test.epilogue.bias[channel] = 0
                }
                check(test)
            }
        }
    }

    @Test("sums wrap at 32 bits")
    func wrappingSums() {
        var generator = SplitMix(seed: 301)
        let geometry = ConvolutionCase.Geometry(
            inputChannels: 70_000, outputChannels: 9, kernel: (1, 1), rows: 1, columns: 2)
        var test = ConvolutionCase(geometry, kind: SIGHTLINE_OUTPUT_FLOAT, &generator)
        test.weights = test.weights.map { _ in 127 }
        for index in test.input.bytes.indices { test.input.bytes[index] = 255 }
        #expect(Int64(70_000) * 255 * 127 > Int64(Int32.max), "this test must wrap")
        check(test)
    }

    @Test("extreme and senseless scales give defined bytes", arguments: outputKinds.indices)
    func extremeScales(kind: Int) {
        var generator = SplitMix(seed: 400 + UInt64(kind))
        let scales: [Float] = [
            0, -0.0, 1, -1, .leastNonzeroMagnitude, 1e-30, 1e6, -1e6, 1e30, -1e30, 3.4e38, .infinity, -.infinity, .nan,
        ]
        for outputChannels in [8, 14, 64, 80] {
            for firstLayer in [false, true] {
                let geometry = ConvolutionCase.Geometry(
                    inputChannels: firstLayer ? 3 : 16, outputChannels: outputChannels, kernel: (3, 3), stride: (2, 2),
                    rows: 2, columns: 21)
                var test = ConvolutionCase(geometry, kind: outputKinds[kind], &generator)
                for channel in 0..<outputChannels {
                    test.epilogue.scale[channel] = generator.pick(scales)
                    test.epilogue.bias[channel] = generator.pick(scales)
                    test.epilogue.negativeSlope[channel] = generator.pick(scales)
                    test.epilogue.gain[channel] = generator.pick(scales)
                    test.epilogue.offset[channel] = generator.pick(scales)
                }
                checkIgnoringNaNBits(test)
            }
        }
    }

    /// NaN's sign and payload are no part of the contract.
    private func checkIgnoringNaNBits(_ test: ConvolutionCase) {
        guard test.epilogue.kind == SIGHTLINE_OUTPUT_FLOAT else { return check(test) }
        let expected = test.expected()
        for table in KernelTable.all {
            test.check(Self.canonical(test.result(table)), Self.canonical(expected), table)
        }
    }

    private static func canonical(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for index in stride(from: 0, to: bytes.count - 3, by: 4) {
            let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[index + $1]) << UInt32(8 * $1) }
            if Float(bitPattern: bits).isNaN {
                for byte in 0..<4 { result[index + byte] = 0xFF }
            }
        }
        return result
    }

    @Test("sums that fall halfway between two bytes round to the even one")
    func halves() {
        var generator = SplitMix(seed: 500)
        for kind in [SIGHTLINE_OUTPUT_REQUANTIZED, SIGHTLINE_OUTPUT_PRELU] {
            let geometry = ConvolutionCase.Geometry(inputChannels: 4, outputChannels: 64, rows: 1, columns: 256)
            var test = ConvolutionCase(geometry, kind: kind, &generator)
            test.weights = test.weights.indices.map { $0 % 4 == 0 ? 1 : 0 }
            test.epilogue.lower = 0
            test.epilogue.upper = 255
            test.epilogue.zeroPoint = 0
            for channel in 0..<64 {
                test.epilogue.scale[channel] = 0.5
                test.epilogue.bias[channel] = Float(channel) - 20
                test.epilogue.negativeSlope[channel] = 0.25
            }
            for index in test.input.bytes.indices { test.input.bytes[index] = UInt8(truncatingIfNeeded: index / 4) }
            check(test)
        }
    }

    @Test("a region without rows or columns writes nothing")
    func emptyRegion() {
        var generator = SplitMix(seed: 600)
        var test = ConvolutionCase(ConvolutionCase.Geometry(rows: 2, columns: 3), &generator)
        test.columns = 0
        check(test)
        test.columns = 3
        test.rows = 0
        check(test)
    }
}
