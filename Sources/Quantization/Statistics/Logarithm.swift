import Glibc

/// Logarithms of ratios, as reports and searches use them.
enum Logarithm {
    static func natural(_ value: Double) -> Double { log(value) }

    /// 10 log10(signal / noise); infinite when there is no noise, minus infinity when there is no signal.
    static func decibels(signal: Double, noise: Double) -> Double {
        guard noise > 0 else { return .infinity }
        guard signal > 0 else { return -.infinity }
        return 10 * log10(signal / noise)
    }
}

/// Powers with real exponents.
enum Power {
    static func of(_ base: Float, _ exponent: Float) -> Float { powf(base, exponent) }
}
