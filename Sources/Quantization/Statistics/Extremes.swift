/// Smallest and largest of a run of floats, and whether all of them are finite.
struct Extremes {
    private(set) var minimum = Float.infinity
    private(set) var maximum = -Float.infinity
    private(set) var isFinite = true

    /// One pass in vectors of eight.
    init(of values: UnsafeBufferPointer<Float>) {
        typealias Vector = SIMD8<Float>
        var low = Vector(repeating: .infinity)
        var high = Vector(repeating: -.infinity)
        // Zero times a finite value is zero; times anything else it is NaN, which stays.
        var poison = Vector.zero
        let whole = values.count & ~7
        if let base = values.baseAddress {
            for index in stride(from: 0, to: whole, by: 8) {
                let vector = UnsafeRawPointer(base + index).loadUnaligned(as: Vector.self)
                low.replace(with: vector, where: vector .< low)
                high.replace(with: vector, where: vector .> high)
                poison += vector * 0
            }
        }
        var rest: Float = poison.sum()
        minimum = low.min()
        maximum = high.max()
        for index in whole..<values.count {
            minimum = Swift.min(minimum, values[index])
            maximum = Swift.max(maximum, values[index])
            rest += values[index] * 0
        }
        isFinite = rest == 0
    }
}
