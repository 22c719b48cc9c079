/// How the segments of a ``QuantizedCurve`` are found.
enum CurveFitting {
    /// Change of the output, in its steps, that is given up at either end of the input range.
    private static let negligibleChange = 1.0 / 16

    /// Points of the input range at which changes are looked for.
    private static let probeCount = 1024

    /// Equal parts of a segment at whose ends the line is held to the function.
    private static let partsPerSegment = 32

    /// The input range without the stretches at its ends where the output stays within ``negligibleChange`` of its end
    /// value; nil when the function is not finite. A constant function keeps its whole range.
    static func domain(
        of output: (Double) -> Double, within range: ClosedRange<Double>
    ) -> ClosedRange<Double>? {
        let step = (range.upperBound - range.lowerBound) / Double(probeCount)
        guard step > 0, step.isFinite else { return nil }
        let point = { (index: Int) in range.lowerBound + Double(index) * step }
        let values = (0...probeCount).map { output(point($0)) }
        guard values.allSatisfy(\.isFinite) else { return nil }
        let differs = { (value: Double, end: Double) in abs(value - end) > negligibleChange }
        guard let first = values.firstIndex(where: { differs($0, values[0]) }),
            let last = values.lastIndex(where: { differs($0, values[probeCount]) })
        else { return range }
        // Where the output saturates it bends sharply; the range must end there and not up to a whole probe later.
        let lower = boundary(from: point(first - 1), to: point(first)) { differs(output($0), values[0]) }
        let upper = boundary(from: point(last + 1), to: point(last)) { differs(output($0), values[probeCount]) }
        // A function that leaves its end value and comes back may put them in the wrong order; then nothing is cut.
        return lower < upper ? lower...upper : range
    }

    /// The place between two points where a condition, false at the first and true at the second, becomes true.
    private static func boundary(from start: Double, to end: Double, where condition: (Double) -> Bool) -> Double {
        var outside = start
        var inside = end
        for _ in 0..<40 {
            let middle = (outside + inside) / 2
            if condition(middle) { inside = middle } else { outside = middle }
        }
        return outside
    }

    /// The straight line through 8.8 fixed point numbers whose greatest distance from the function over one segment is
    /// least, and which stays within 16 bits; nil when the function is not finite.
    static func line(
        through output: (Double) -> Double, from start: Double, width: Double
    ) -> (centre: UInt16, slope: Int16)? {
        // Targets in 8.8 fixed point with 0.5 added, over positions -1 ... 1 around the segment's centre. The last
        // argument of a segment lies one step short of its right end.
        var positions: [Double] = []
        var targets: [Double] = []
        let argumentCount = Double(QuantizedCurve.argumentsPerSegment)
        for part in 0...partsPerSegment {
            let share = min(Double(part) / Double(partsPerSegment), (argumentCount - 1) / argumentCount)
            let target = (output(start + share * width) + 0.5) * 256
            guard target.isFinite else { return nil }
            positions.append(2 * share - 1)
            targets.append(target)
        }
        let slope = Int16(min(max(bestSlope(positions, targets), -32767), 32767).rounded())
        let extremes = residualExtremes(positions, targets, slope: Double(slope))
        let centre = Int(((extremes.lowerBound + extremes.upperBound) / 2).rounded())

        // Nothing wraps when neither end of the segment does. Targets leave half a step of room, so that this moves the
        // line only where the function bends sharply within one segment.
        let left = Int(rise(slope: slope, fraction: .min))
        let right = Int(rise(slope: slope, fraction: Int16.max - 63))
        return (UInt16(min(max(centre, -min(left, right)), 65535 - max(left, right))), slope)
    }

    /// The part of a segment's value that its slope contributes: a rounded 16-bit multiplication of two fractions.
    static func rise(slope: Int16, fraction: Int16) -> Int16 {
        Int16(truncatingIfNeeded: (Int32(slope) * Int32(fraction) + 0x4000) >> 15)
    }

    /// The slope whose residuals spread least. The spread is a convex function of the slope, so thirds of an interval
    /// around the answer can be discarded until it is narrower than one unit.
    private static func bestSlope(_ positions: [Double], _ targets: [Double]) -> Double {
        var lower = Double.infinity
        var upper = -Double.infinity
        for index in positions.indices.dropFirst() {
            let local =
                (targets[index] - targets[index - 1]) / (positions[index] - positions[index - 1])
            lower = min(lower, local)
            upper = max(upper, local)
        }
        let spread = { (slope: Double) in
            let extremes = residualExtremes(positions, targets, slope: slope)
            return extremes.upperBound - extremes.lowerBound
        }
        while upper - lower > 0.5 {
            let third = (upper - lower) / 3
            if spread(lower + third) < spread(upper - third) { upper -= third } else { lower += third }
        }
        return (lower + upper) / 2
    }

    private static func residualExtremes(
        _ positions: [Double], _ targets: [Double], slope: Double
    ) -> ClosedRange<Double> {
        var lower = Double.infinity
        var upper = -Double.infinity
        for (position, target) in zip(positions, targets) {
            let residual = target - slope * position
            lower = min(lower, residual)
            upper = max(upper, residual)
        }
        return lower...upper
    }
}
