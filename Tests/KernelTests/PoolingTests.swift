import CKernels
import Testing

@Suite("Maximum pooling")
struct PoolingTests {
    @Test("any window, stride, dilation, channel count and layout")
    func anyGeometry() {
        var generator = SplitMix(seed: 1)
        for _ in 0..<150 {
            let channels = generator.pick([1, 3, 8, 16, 31, 32, 33, 63, 64, 65, 100, 128, 200])
            let window = generator.integer(1...5)
            let geometry = ConvolutionCase.Geometry(
                inputChannels: channels, outputChannels: channels, kernel: (window, generator.pick([window, 2, 13])),
                stride: (generator.integer(1...3), generator.integer(1...3)),
                dilation: (generator.integer(1...2), generator.integer(1...2)),
                rows: generator.integer(1...4), columns: generator.integer(1...9),
                inputGap: generator.pick([0, 0, 7, 32]), outputGap: generator.pick([0, 0, 7, 32]))
            let test = ConvolutionCase(geometry, &generator)
            let expected = test.expectedPooling()
            for table in KernelTable.all {
                test.check(test.poolingResult(table), expected, table)
            }
        }
    }
}
