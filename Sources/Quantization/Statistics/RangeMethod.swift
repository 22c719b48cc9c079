/// How the range that a tensor's integers cover is chosen from what was seen of the tensor.
public enum RangeMethod: Sendable, Hashable {
    /// The range whose expected squared error, rounding and clipping together, is smallest. The default.
    case meanSquaredError

    /// The range that holds this share of the values, from 0.5 to 1, half of the rest cut at each end.
    case percentile(Double)

    /// The percentile among 99.9, 99.99, 99.999 and 100 whose expected squared error is smallest.
    case searchedPercentile

    /// Everything that was seen.
    case minMax

    /// The range that loses least information (Kullback-Leibler divergence) when the values become 256 levels.
    case entropy
}

extension RangeMethod: CustomStringConvertible {
    /// The word that reports and command lines use.
    public var description: String {
        switch self {
        case .meanSquaredError: "mse"
        case .percentile(let share): "percentile-\(share * 100)"
        case .searchedPercentile: "percentile"
        case .minMax: "min-max"
        case .entropy: "entropy"
        }
    }
}
