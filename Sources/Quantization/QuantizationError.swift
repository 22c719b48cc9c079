/// Why a network could not be quantised. Prints itself as one line: what, where, and what to do.
public enum QuantizationError: Error, Sendable, Hashable {
    /// An option has a value that makes no sense.
    case invalidOption(name: String, detail: String)

    /// There is nothing to calibrate with.
    case noSamples

    /// A sample could not be provided, or does not fit the network's inputs.
    case invalidSample(index: Int, detail: String)

    /// The network that provides activations failed on a sample.
    case networkFailed(sample: Int, detail: String)

    /// The network did not show a value that it was asked for.
    case missingValue(name: String)

    /// A value that must be quantised held an infinity or a NaN.
    case notFinite(value: String, sample: Int)

    /// The graph has no layer that can be quantised.
    case nothingToQuantize(detail: String)

    /// A node breaks its operator's definition, or the graph's types do not cover it.
    case invalidNode(node: String, operatorType: String, detail: String)

    /// A node cannot be rewritten for the operator set that quantised files need.
    case cannotUpgrade(node: String, operatorType: String, from: Int, to: Int, detail: String)
}

extension QuantizationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidOption(let name, let detail):
            return "quantiser option '\(name)': \(detail)"
        case .noSamples:
            return "no calibration samples; give at least one picture, better 100 or more from the target camera"
        case .invalidSample(let index, let detail):
            return "calibration sample \(index): \(detail)"
        case .networkFailed(let sample, let detail):
            return "calibration sample \(sample): the float network failed: \(detail)"
        case .missingValue(let name):
            return "value '\(name)' was not shown by the calibration network; check that it belongs to the same graph"
        case .notFinite(let value, let sample):
            return "value '\(value)' is infinite or not a number on calibration sample \(sample); remove the sample"
        case .nothingToQuantize(let detail):
            return "nothing to quantise: \(detail)"
        case .invalidNode(let node, let operatorType, let detail):
            return "node '\(node)' (\(operatorType)): \(detail)"
        case .cannotUpgrade(let node, let operatorType, let from, let to, let detail):
            return "node '\(node)' (\(operatorType)): cannot be moved from operator set \(from) to \(to): \(detail); "
                + "export the network with operator set \(to) or later"
        }
    }
}
