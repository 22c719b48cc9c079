import Glibc
import Messages

/// Maps values to pixels, and finds round values for marks.
struct AxisScale {
    let lower: Double
    let upper: Double
    let start: Double
    let end: Double

    /// - Parameters:
    ///   - values: what the axis covers; must not be empty.
    ///   - pixels: where its ends lie.
    init(_ values: ClosedRange<Double>, pixels: (Double, Double)) {
        lower = values.lowerBound
        upper = max(values.upperBound, values.lowerBound + 1e-9)
        (start, end) = pixels
    }

    func pixel(_ value: Double) -> Double { start + (value - lower) / (upper - lower) * (end - start) }

    /// About `count` round values: multiples of 1, 2 or 5 times a power of ten.
    func marks(count: Int) -> [Double] {
        let rough = (upper - lower) / Double(max(count, 1))
        let power = pow(10, floor(log10(rough)))
        let step = [1.0, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? rough
        let first = Int((lower / step).rounded(.up))
        let last = Int((upper / step).rounded(.down))
        return first <= last ? (first...last).map { Double($0) * step } : []
    }

    /// A mark's value without superfluous zeros.
    static func text(_ value: Double) -> String {
        var text = fixedDecimal(value, digits: 3)
        while text.hasSuffix("0") { text.removeLast() }
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}
