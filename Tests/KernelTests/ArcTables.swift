import CKernels

/// A function's parabolas, in Swift arrays.
struct ArcTables {
    var square: [Float]
    var linear: [Float]
    var constant: [Float]

    static let zero = ArcTables(
        square: Array(repeating: 0, count: 32), linear: Array(repeating: 0, count: 32),
        constant: Array(repeating: 0, count: 32))

    /// Parabolas that have nothing to do with each other; the outer two are lines.
    static func random(_ generator: inout SplitMix) -> ArcTables {
        var tables = zero
        for arc in 0..<32 {
            tables.square[arc] = arc == 0 || arc == 31 ? 0 : 0.1 * generator.signedUnit()
            tables.linear[arc] = generator.signedUnit()
            tables.constant[arc] = 20 * generator.signedUnit()
        }
        return tables
    }

    func callAsFunction(_ argument: Float) -> Float {
        let limit: Float = 0x1p20
        let u = argument.isNaN ? -limit : min(max(argument, -limit), limit)
        let arc = min(max(Int(u.rounded(.towardZero)), 0), 31)
        return ReferenceKernels.fused(ReferenceKernels.fused(square[arc], u, linear[arc]), u, constant[arc])
    }

    var value: sightline_arcs {
        var arcs = sightline_arcs()
        withUnsafeMutableBytes(of: &arcs) { raw in
            let numbers = raw.bindMemory(to: Float.self)
            for (index, number) in (square + linear + constant).enumerated() { numbers[index] = number }
        }
        return arcs
    }
}
