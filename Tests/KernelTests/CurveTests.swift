import CKernels
import Testing

@Suite("Curve epilogue")
struct CurveTests {
    /// One output channel per sum: a scale of one and a bias that counts through all 16-bit arguments.
    private func allArguments(_ curve: CurveTables, _ generator: inout SplitMix) -> ConvolutionCase {
        let geometry = ConvolutionCase.Geometry(inputChannels: 4, outputChannels: 1024, rows: 1, columns: 65)
        var test = ConvolutionCase(geometry, kind: SIGHTLINE_OUTPUT_CURVE, &generator)
        test.epilogue.curve = curve
        test.weights = test.weights.indices.map { $0 % 4 == 0 ? 64 : 0 }
        for channel in 0..<1024 {
            // Pixel p brings 64 * 16 * p, so the arguments run from below -32768 to beyond 32767.
            test.epilogue.scale[channel] = 16
            test.epilogue.bias[channel] = -32769 + Float(channel)
        }
        for column in 0..<65 { test.input.bytes[column * 4] = UInt8(column) }
        return test
    }

    @Test("all 65536 arguments of many curves give the contract's byte")
    func everyArgument() {
        var generator = SplitMix(seed: 1)
        var curves = [CurveTables.zero, .sigmoidLinearUnit(largest: 2), .sigmoidLinearUnit(largest: 20)]
        curves.append(
            CurveTables(centre: Array(repeating: .min, count: 64), slope: Array(repeating: .min, count: 64)))
        curves.append(
            CurveTables(centre: Array(repeating: .max, count: 64), slope: Array(repeating: .max, count: 64)))
        curves.append(.random(&generator))
        for curve in curves {
            let test = allArguments(curve, &generator)
            let expected = test.expected()
            for table in KernelTable.all {
                test.check(test.result(table), expected, table)
            }
        }
    }

    @Test("the piecewise SiLU stays within one step of the exact one")
    func sigmoidLinearUnitIsClose() {
        let curve = CurveTables.sigmoidLinearUnit(largest: 8)
        let scale = (8 / (1 + 0.000_335_462_6) + 0.2785) / 255
        let zeroPoint = (0.2785 / scale).rounded()
        for argument in stride(from: -32768, through: 32767, by: 7) {
            let x = -8 + 16 * (Double(argument) + 32768) / 65536
            let exact = min(255, max(0, x * ReferenceCurves.sigmoid(x) / scale + zeroPoint))
            let byte = ReferenceKernels.curve(curve, Int16(argument))
            #expect(abs(Double(byte) - exact) < 1, "argument \(argument)")
        }
    }
}
