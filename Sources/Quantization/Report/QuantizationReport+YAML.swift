import Tensors

extension QuantizationReport {
    /// The report as a YAML document: what `calibration/int8/NAME.yaml` holds.
    ///
    /// Ratios are in decibels, ranges in the network's own units.
    public func yaml() -> String {
        var lines = [
            "# How a network's activations and weights became 8-bit integers. Ratios in decibels.",
            "network: \(Self.quoted(network))",
            "method: \(method)",
            "samples: \(sampleCount)",
            "samples_digest: \(Self.quoted(digest))",
        ]
        lines += section("kept_in_float", floatLayers) { layer in
            ["name: \(Self.quoted(layer.name))", "reason: \(Self.quoted(layer.reason))"]
        }
        lines += section("tensors", tensors, Self.lines)
        lines += section("layers", layers) { layer in
            [
                "name: \(Self.quoted(layer.name))",
                "signal_to_noise_db: \(Self.decibels(layer.signalToNoiseRatio))",
                "input_alone_db: \(Self.decibels(layer.inputSignalToNoiseRatio))",
                "weights_alone_db: \(Self.decibels(layer.weightSignalToNoiseRatio))",
                "bias_corrected_channels: \(layer.correctedChannels)",
                "bias_skipped_channels: \(layer.skippedChannels)",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func section<Item>(_ key: String, _ items: [Item], _ body: (Item) -> [String]) -> [String] {
        guard !items.isEmpty else { return ["\(key): []"] }
        return ["\(key):"]
            + items.flatMap { item in
                body(item).enumerated().map { index, line in (index == 0 ? "  - " : "    ") + line }
            }
    }

    private static func lines(of tensor: TensorReport) -> [String] {
        let parameters = tensor.parameters
        var lines = [
            "name: \(quoted(tensor.name))",
            "observed: [\(tensor.observed.lowerBound), \(tensor.observed.upperBound)]",
            "range: [\(tensor.range.lowerBound), \(tensor.range.upperBound)]",
            "method: \(tensor.method)",
        ]
        if parameters.axis == nil {
            lines.append("scale: \(parameters.scales[0])")
            lines.append("zero_point: \(parameters.zeroPoints[0])")
        } else {
            lines.append("scale: [\(parameters.scales.map { "\($0)" }.joined(separator: ", "))]")
            lines.append("zero_point: [\(parameters.zeroPoints.map { "\($0)" }.joined(separator: ", "))]")
        }
        if let other = tensor.sharedWith { lines.append("shared_with: \(quoted(other))") }
        lines.append("signal_to_noise_db: \(decibels(tensor.signalToNoiseRatio))")
        return lines
    }

    /// One decimal; YAML's own words for the infinities.
    private static func decibels(_ ratio: Double) -> String {
        guard ratio.isFinite else { return ratio > 0 ? ".inf" : "-.inf" }
        return "\((ratio * 10).rounded() / 10)"
    }

    /// A double-quoted YAML scalar, which takes any text.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\x" + String(repeating: "0", count: 2 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
