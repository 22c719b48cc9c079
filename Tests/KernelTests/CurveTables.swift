import CKernels

#if canImport(Glibc)
    import Glibc
#endif

/// A curve's segments, in Swift arrays.
struct CurveTables {
    var centre: [Int16]
    var slope: [Int16]

    static let zero = CurveTables(centre: Array(repeating: 0, count: 64), slope: Array(repeating: 0, count: 64))

    /// Any bits at all: the kernels' wrapping arithmetic must agree even where no real curve goes.
    static func random(_ generator: inout SplitMix) -> CurveTables {
        var tables = zero
        for segment in 0..<64 {
            tables.centre[segment] = Int16(truncatingIfNeeded: generator.next())
            tables.slope[segment] = Int16(truncatingIfNeeded: generator.next())
        }
        return tables
    }

    /// SiLU over [-8, largest], onto bytes that cover its whole range.
    static func sigmoidLinearUnit(largest: Double) -> CurveTables {
        let scale = (largest / (1 + exp(-largest)) + 0.2785) / 255
        let zeroPoint = (0.2785 / scale).rounded()
        func byte(_ x: Double) -> Double { min(255, max(0, x / (1 + exp(-x)) / scale + zeroPoint)) }
        var tables = zero
        let width = (largest + 8) / 64
        for segment in 0..<64 {
            let middle = -8 + width * (Double(segment < 32 ? segment + 32 : segment - 32) + 0.5)
            let left = byte(middle - width / 2)
            let right = byte(middle + width / 2)
            let rise = (right - left) * 128
            let centre = min(((left + right) / 2 + byte(middle)) * 128 + 128, 65535 - abs(rise))
            tables.centre[segment] = Int16(bitPattern: UInt16(max(centre, abs(rise)).rounded()))
            tables.slope[segment] = Int16(rise.rounded())
        }
        return tables
    }

    var value: sightline_curve {
        var curve = sightline_curve()
        withUnsafeMutableBytes(of: &curve) { raw in
            let words = raw.bindMemory(to: Int16.self)
            for segment in 0..<64 {
                words[segment] = centre[segment]
                words[64 + segment] = slope[segment]
            }
        }
        return curve
    }
}
