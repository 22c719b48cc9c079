import Tensors

/// Chooses an activation's range from histograms.
///
/// Several histograms stand for several tensors that must share their parameters; each one's error then counts relative
/// to its own power, so that a quiet tensor is not drowned by a loud one.
package struct RangeSearch {
    package let histograms: [StreamingHistogram]
    private let weights: [Double]

    package init(_ histograms: [StreamingHistogram]) {
        self.histograms = histograms.filter { $0.total > 0 }
        weights = self.histograms.map { histogram in
            let power = histogram.power
            return power > 0 ? 1 / (power * histogram.total) : 0
        }
    }

    /// Everything that was seen, and zero.
    package var observed: ActivationRange {
        var lower: Float = 0
        var upper: Float = 0
        for histogram in histograms {
            lower = min(lower, histogram.minimum)
            upper = max(upper, histogram.maximum)
        }
        return ActivationRange(lower: lower, upper: upper)
    }

    package func range(by method: RangeMethod) -> ActivationRange {
        switch method {
        case .minMax: observed
        case .meanSquaredError: smallestError()
        case .percentile(let share): percentile(share)
        case .searchedPercentile:
            [0.999, 0.9999, 0.99999, 1].map(percentile).min { relativeError(of: $0) < relativeError(of: $1) }
                ?? observed
        case .entropy: leastDivergence()
        }
    }
}

// MARK: - Squared error

extension RangeSearch {
    /// Expected squared error relative to power, summed over the tensors.
    package func relativeError(of range: ActivationRange) -> Double {
        let quantizer = AffineQuantizer(range.parameters)
        var sum = 0.0
        for (histogram, weight) in zip(histograms, weights) where weight > 0 {
            sum += weight * Self.squaredError(of: histogram, quantizer)
        }
        return sum
    }

    /// The sum over all counted values of the squared difference that quantising makes.
    ///
    /// Values are taken as spread evenly over their bin. Where a bin is narrower than a step its centre is rounded, and
    /// the spread added; where it is wider, rounding costs a twelfth of a step squared.
    package static func squaredError(of histogram: StreamingHistogram, _ quantizer: AffineQuantizer) -> Double {
        let scale = Double(quantizer.scale)
        let inverse = 1 / scale
        let (lower, upper) = quantizer.representable
        let (first, last) = (Double(lower), Double(upper))
        let width = histogram.binWidth
        let spread = width * width / 12
        let uniform = scale * scale / 12
        let isCoarse = width > scale / 2
        var sum = 0.0
        for (bin, count) in histogram.counts.enumerated() where count > 0 {
            let value = histogram.center(of: bin)
            if value < first - scale / 2 {
                sum += count * ((value - first) * (value - first) + spread)
            } else if value > last + scale / 2 {
                sum += count * ((value - last) * (value - last) + spread)
            } else if isCoarse {
                sum += count * uniform
            } else {
                let error = (value * inverse).rounded(.toNearestOrEven) * scale - value
                sum += count * (error * error + spread)
            }
        }
        return sum
    }

    /// Coordinate descent over the two ends, from coarse to fine.
    private func smallestError() -> ActivationRange {
        let whole = observed
        var best = (lower: 1.0, upper: 1.0, error: relativeError(of: whole))
        var step = 0.04
        func consider(_ lower: Double, _ upper: Double) {
            let error = relativeError(of: Self.shrunk(whole, lower, upper))
            if error < best.error { best = (lower, upper, error) }
        }
        let candidates = stride(from: 0.04, through: 1, by: step)
        for _ in 0..<2 {
            if whole.upper > 0 { for share in candidates { consider(best.lower, share) } }
            if whole.lower < 0 { for share in candidates { consider(share, best.upper) } }
        }
        for _ in 0..<3 {
            step /= 4
            let center = best
            for multiple in -3...3 where multiple != 0 && whole.upper > 0 {
                consider(best.lower, clampedShare(center.upper + Double(multiple) * step))
            }
            for multiple in -3...3 where multiple != 0 && whole.lower < 0 {
                consider(clampedShare(center.lower + Double(multiple) * step), best.upper)
            }
        }
        return Self.shrunk(whole, best.lower, best.upper)
    }

    private func clampedShare(_ share: Double) -> Double { min(max(share, 0.01), 1) }

    private static func shrunk(_ range: ActivationRange, _ lower: Double, _ upper: Double) -> ActivationRange {
        ActivationRange(lower: Float(Double(range.lower) * lower), upper: Float(Double(range.upper) * upper))
    }
}

// MARK: - Percentiles

extension RangeSearch {
    /// The range that holds the share of every tensor's values.
    package func percentile(_ share: Double) -> ActivationRange {
        guard share < 1 else { return observed }
        let whole = observed
        var lower: Float = 0
        var upper: Float = 0
        for histogram in histograms {
            let tail = histogram.total * (1 - share) / 2
            lower = min(lower, Float(histogram.edge(cutting: tail, fromTop: false)))
            upper = max(upper, Float(histogram.edge(cutting: tail, fromTop: true)))
        }
        return ActivationRange(lower: max(lower, whole.lower), upper: min(upper, whole.upper))
    }
}

extension StreamingHistogram {
    /// The edge of the outermost bin that remains when `tail` values are cut from one end.
    package func edge(cutting tail: Double, fromTop: Bool) -> Double {
        var cut = 0.0
        for step in counts.indices {
            let bin = fromTop ? counts.count - 1 - step : step
            // Zeros sit in no bin; once the bins on this side of zero are cut, zero is where the rest begins.
            if fromTop ? center(of: bin) < 0 : center(of: bin) > 0, cut + zeroCount > tail { return 0 }
            cut += counts[bin]
            if cut > tail { return lowerEdge + Double(fromTop ? bin + 1 : bin) * binWidth }
        }
        return 0
    }
}

// MARK: - Entropy

extension RangeSearch {
    /// Shrinks both ends alike and keeps the range whose 256 levels diverge least from the clipped distribution.
    private func leastDivergence() -> ActivationRange {
        let whole = observed
        var best = (range: whole, divergence: Double.infinity)
        for share in stride(from: 1.0, through: 0.06, by: -0.02) {
            let range = Self.shrunk(whole, share, share)
            var divergence = 0.0
            for histogram in histograms { divergence += Self.divergence(of: histogram, within: range) }
            if divergence < best.divergence { best = (range, divergence) }
        }
        return best.range
    }

    /// Kullback-Leibler divergence from the values, clipped to the range, to what is left of them after quantising.
    ///
    /// As in Migacz, "8-bit inference with TensorRT" (2017): the clipped tails are added to the outermost bins of the
    /// reference but not of the candidate, whose levels spread their values evenly over their occupied bins.
    package static func divergence(of histogram: StreamingHistogram, within range: ActivationRange) -> Double {
        let quantizer = AffineQuantizer(range.parameters)
        let (first, last) = (Double(quantizer.representable.lower), Double(quantizer.representable.upper))
        var reference: [Double] = []
        var levels: [Int] = []
        var tails = (below: 0.0, above: 0.0)
        for (bin, count) in histogram.counts.enumerated() {
            let value = histogram.center(of: bin)
            if value < first {
                tails.below += count
            } else if value > last {
                tails.above += count
            } else {
                reference.append(count)
                levels.append(Int((value / Double(quantizer.scale)).rounded() + Double(quantizer.zeroPoint)))
            }
        }
        guard !reference.isEmpty else { return .infinity }
        let candidate = spreadOverLevels(reference, levels)
        reference[0] += tails.below
        reference[reference.count - 1] += tails.above
        return divergence(from: reference, to: candidate)
    }

    private static func spreadOverLevels(_ counts: [Double], _ levels: [Int]) -> [Double] {
        var sums = [Double](repeating: 0, count: 257)
        var occupied = [Double](repeating: 0, count: 257)
        for (count, level) in zip(counts, levels) where count > 0 {
            let index = min(max(level, 0), 256)
            sums[index] += count
            occupied[index] += 1
        }
        return zip(counts, levels).map { count, level in
            let index = min(max(level, 0), 256)
            return count > 0 ? sums[index] / occupied[index] : 0
        }
    }

    private static func divergence(from reference: [Double], to candidate: [Double]) -> Double {
        let referenceSum = reference.reduce(0, +)
        let candidateSum = candidate.reduce(0, +)
        guard referenceSum > 0, candidateSum > 0 else { return .infinity }
        var sum = 0.0
        for (p, q) in zip(reference, candidate) where p > 0 {
            // An empty candidate bin under an occupied one would make the sum infinite; a tiny share stands for it.
            let share = max(q / candidateSum, 1e-12)
            sum += p / referenceSum * Logarithm.natural(p / referenceSum / share)
        }
        return sum
    }
}
