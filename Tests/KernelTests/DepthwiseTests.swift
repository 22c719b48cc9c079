import CKernels
import Testing

@Suite("Depthwise convolution")
struct DepthwiseTests {
    private func check(_ test: ConvolutionCase) {
        let expected = test.expected()
        for table in KernelTable.all {
            test.check(test.result(table), expected, table)
        }
    }

    @Test("3x3 at stride 1 for every remainder of channels", arguments: outputKinds.indices)
    func channels(kind: Int) {
        var generator = SplitMix(seed: 1 + UInt64(kind))
        for channels in [1, 2, 3, 4, 8, 12, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 80, 96, 127, 128, 144, 200] {
            let geometry = ConvolutionCase.Geometry(
                inputChannels: channels, outputChannels: channels, kernel: (3, 3), rows: generator.integer(1...5),
                columns: generator.integer(1...11), inputGap: generator.pick([0, 0, 16, 3]),
                outputGap: generator.pick([0, 0, 16, 5]))
            check(ConvolutionCase(geometry, kind: outputKinds[kind], depthwise: true, &generator))
        }
    }

    @Test("any kernel, stride and dilation", arguments: outputKinds.indices)
    func anyGeometry(kind: Int) {
        var generator = SplitMix(seed: 100 + UInt64(kind))
        for _ in 0..<80 {
            let channels = generator.pick([1, 3, 4, 16, 20, 32, 64, 72, 128, 130])
            let geometry = ConvolutionCase.Geometry(
                inputChannels: channels, outputChannels: channels,
                kernel: (generator.integer(1...7), generator.integer(1...7)),
                stride: (generator.integer(1...3), generator.integer(1...3)),
                dilation: (generator.integer(1...8), generator.integer(1...8)),
                rows: generator.integer(1...4), columns: generator.integer(1...12),
                inputGap: generator.pick([0, 0, 2, 32]), outputGap: generator.pick([0, 0, 2, 32]))
            check(ConvolutionCase(geometry, kind: outputKinds[kind], depthwise: true, &generator))
        }
    }

    @Test("few channels in pixels of whole quads, at strides 1 and 2", arguments: outputKinds.indices)
    func fewChannels(kind: Int) {
        var generator = SplitMix(seed: 150 + UInt64(kind))
        for channels in 1...33 {
            let gap = (channels + 3) / 4 * 4 - channels
            let kernel = generator.pick([1, 2, 3, 5])
            let dilation = generator.pick([1, 2, 8])
            let geometry = ConvolutionCase.Geometry(
                inputChannels: channels, outputChannels: channels, kernel: (kernel, generator.pick([1, 3])),
                stride: (generator.integer(1...2), generator.integer(1...2)), dilation: (dilation, dilation),
                rows: generator.integer(1...3), columns: generator.integer(1...37), inputGap: gap,
                outputGap: generator.pick([gap, gap, gap + 8]))
            check(ConvolutionCase(geometry, kind: outputKinds[kind], depthwise: true, &generator))
        }
    }

    @Test("the kernels that networks use: 3x3 and 5x5, strides 1 and 2, dilations 1 to 16")
    func usualGeometry() {
        var generator = SplitMix(seed: 200)
        for (kernel, stride, dilation) in [
            (3, 1, 1), (3, 2, 1), (5, 1, 1), (5, 2, 1), (3, 1, 2), (3, 1, 16), (7, 1, 1),
        ] {
            for channels in [19, 64, 96] {
                let geometry = ConvolutionCase.Geometry(
                    inputChannels: channels, outputChannels: channels, kernel: (kernel, kernel),
                    stride: (stride, stride), dilation: (dilation, dilation), rows: 7, columns: 13)
                check(ConvolutionCase(geometry, kind: generator.pick(outputKinds), depthwise: true, &generator))
            }
        }
    }

    @Test("the largest products do not saturate on the way")
    func largestProducts() {
        var generator = SplitMix(seed: 300)
        for weight in [Int8(127), -128] {
            for kernel in [3, 5] {
                let geometry = ConvolutionCase.Geometry(
                    inputChannels: 70, outputChannels: 70, kernel: (kernel, kernel), rows: 3, columns: 5)
                var test = ConvolutionCase(geometry, kind: SIGHTLINE_OUTPUT_FLOAT, depthwise: true, &generator)
                test.weights = test.weights.map { _ in weight }
                for index in test.input.bytes.indices { test.input.bytes[index] = 255 }
                check(test)
            }
        }
    }

    @Test("extreme and senseless scales give defined bytes", arguments: [0, 1, 2, 4])
    func extremeScales(kind: Int) {
        var generator = SplitMix(seed: 400 + UInt64(kind))
        let scales: [Float] = [0, 1, -1, .leastNonzeroMagnitude, 1e6, -1e6, 1e30, -1e30, .infinity, -.infinity, .nan]
        for channels in [5, 64, 100] {
            let geometry = ConvolutionCase.Geometry(
                inputChannels: channels, outputChannels: channels, kernel: (3, 3), rows: 3, columns: 7)
            var test = ConvolutionCase(geometry, kind: outputKinds[kind], depthwise: true, &generator)
            for channel in 0..<channels {
                test.epilogue.scale[channel] = generator.pick(scales)
                test.epilogue.bias[channel] = generator.pick(scales)
                test.epilogue.negativeSlope[channel] = generator.pick(scales)
                test.epilogue.gain[channel] = generator.pick(scales)
                test.epilogue.offset[channel] = generator.pick(scales)
            }
            check(test)
        }
    }
}
