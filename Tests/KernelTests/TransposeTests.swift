import CKernels
import Testing

@Suite("Transposition")
struct TransposeTests {
    @Test("every count of rows and columns comes out turned, and nothing is written beside it")
    func anyShape() throws {
        var generator = SplitMix(seed: 1)
        for (rows, columns) in [(1, 1), (3, 40), (15, 16), (16, 16), (17, 33), (60, 80), (640, 80), (100, 7)] {
            let (inputStride, outputStride) = (columns + generator.integer(0...5), rows + generator.integer(1...5))
            let input = (0..<(rows * inputStride)).map { _ in 20 * generator.signedUnit() }
            for table in KernelTable.all {
                let name = table.name
                let kernels = try #require(sightline_float_kernels_named(name)).pointee
                var turned = [Float](repeating: -7, count: columns * outputStride)
                kernels.transpose(input, inputStride, &turned, outputStride, rows, columns)
                var sigmoids = [Float](repeating: 0, count: input.count)
                kernels.apply(SIGHTLINE_FLOAT_SIGMOID, 0, 0, input, &sigmoids, input.count)
                var turnedSigmoids = [Float](repeating: -7, count: columns * outputStride)
                kernels.transpose_sigmoids(input, inputStride, &turnedSigmoids, outputStride, rows, columns)
                for index in turned.indices {
                    let (column, row) = index.quotientAndRemainder(dividingBy: outputStride)
                    let place = row * inputStride + column
                    let expected = row < rows ? (input[place], sigmoids[place]) : (-7, -7)
                    #expect(
                        (turned[index], turnedSigmoids[index]) == expected, "\(name), \(rows) x \(columns)")
                }
            }
        }
    }
}
