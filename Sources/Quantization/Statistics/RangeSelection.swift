import ONNX
import Operators
import Tensors

/// The parameters of every group, and the account of them.
struct RangeSelection {
    /// In the order of the placement's groups.
    private(set) var parameters: [ActivationParameters] = []

    private(set) var reports: [TensorReport] = []

    init(
        _ graph: StaticGraph, _ placement: Placement, _ observation: Observation, options: QuantizerOptions,
        progress: (_ done: Int, _ total: Int) -> Void
    ) {
        let index = GraphIndex(graph.graph)
        for (done, group) in placement.groups.enumerated() {
            progress(done, placement.groups.count)
            let statistics = group.values.compactMap { observation.statistics[$0] }
            var (chosen, method) = Self.choose(statistics, isPerChannel: group.isPerChannel, method: options.method)
            let isSettled = method == "pixels" || (group.isPerChannel && !index.isSmooth(group.values[0]))
            if !isSettled,
                let search = ChannelScaleSearch(group, graph, index, placement, observation, options: options)
            {
                if group.isPerChannel {
                    let whole = Self.choose(statistics, isPerChannel: false, method: options.method).0
                    chosen = search.choose(chosen, over: whole)
                } else {
                    chosen = search.choose(chosen)
                }
            }
            parameters.append(chosen)
            for (name, statistics) in zip(group.values, statistics) {
                reports.append(
                    Self.report(
                        name, statistics, chosen.written, method,
                        sharedWith: name == group.values[0] ? nil : group.values[0]))
            }
        }
        progress(placement.groups.count, placement.groups.count)
    }

    private static func choose(
        _ statistics: [ActivationStatistics], isPerChannel: Bool, method: RangeMethod
    ) -> (ActivationParameters, String) {
        if let pixels = statistics.lazy.compactMap(\.pixelParameters).first {
            return (ActivationParameters(pixels), "pixels")
        }
        guard isPerChannel, let channels = statistics.first?.channels, !channels.isEmpty else {
            let search = RangeSearch(statistics.map(\.histogram))
            return (ActivationParameters(search.range(by: method).parameters), "\(method)")
        }
        let each = channels.map { RangeSearch([$0]).range(by: method).parameters }
        let merged = QuantizationParameters(
            scales: each.map { $0.scales[0] }, zeroPoints: each.map { $0.zeroPoints[0] }, axis: 1, elementType: .uint8)
        return (ActivationParameters(merged), "\(method)")
    }

    private static func report(
        _ name: String, _ statistics: ActivationStatistics, _ parameters: QuantizationParameters, _ method: String,
        sharedWith: String?
    ) -> TensorReport {
        let histogram = statistics.histogram
        return TensorReport(
            name: name, observed: min(histogram.minimum, histogram.maximum)...histogram.maximum,
            parameters: parameters, method: method,
            signalToNoiseRatio: signalToNoiseRatio(statistics, parameters), sharedWith: sharedWith)
    }

    /// From the histograms; pixels are exact.
    private static func signalToNoiseRatio(
        _ statistics: ActivationStatistics, _ parameters: QuantizationParameters
    ) -> Double {
        if statistics.pixelParameters == parameters { return .infinity }
        let parts = parameters.axis == nil ? [statistics.histogram] : statistics.channels
        var signal = 0.0
        var noise = 0.0
        for (channel, histogram) in parts.enumerated() {
            signal += histogram.power * histogram.total
            noise += RangeSearch.squaredError(of: histogram, AffineQuantizer(parameters, channel: channel))
        }
        return Logarithm.decibels(signal: signal, noise: noise)
    }
}
