import Perception
import Platform

/// The models of a configuration, read once; engines are made of them for any number of threads.
struct LoadedNetworks {
    private let configuration: Configuration
    private let detectionModels: [LoadedModel]
    private let roadModels: [LoadedModel]

    init(_ configuration: Configuration) throws(RuntimeError) {
        self.configuration = configuration
        detectionModels = try Self.load(configuration.detection)
        roadModels = try Self.load(configuration.road)
    }

    var hasBoth: Bool { !detectionModels.isEmpty && !roadModels.isEmpty }

    private static func load(_ network: NetworkConfiguration?) throws(RuntimeError) -> [LoadedModel] {
        guard let network else { return [] }
        var models = [try LoadedModel(path: network.model, head: network.head)]
        for variant in network.variants { models.append(try LoadedModel(variant, of: network)) }
        return models
    }

    func detection(_ threads: ThreadShare) throws(RuntimeError) -> NetworkSet<DetectionNetwork>? {
        guard let network = configuration.detection else { return nil }
        let options = DetectionOptions(confidence: network.confidence, overlap: network.overlap)
        var variants: [DetectionNetwork] = []
        for model in detectionModels {
            variants.append(
                try DetectionNetwork(
                    model, options: options, threads: threads.count, workers: threads.workers,
                    measuresLayers: configuration.measuresLayers))
        }
        return NetworkSet(
            variants: variants, names: names(network, variants.map(\.name)),
            policy: network.policy(priority: 2, carriesResults: false, spreads: false))
    }

    func road(_ threads: ThreadShare) throws(RuntimeError) -> NetworkSet<RoadNetwork>? {
        guard let network = configuration.road else { return nil }
        var variants: [RoadNetwork] = []
        for model in roadModels {
            variants.append(
                try RoadNetwork(
                    model, threads: threads.count, workers: threads.workers,
                    measuresLayers: configuration.measuresLayers))
        }
        return NetworkSet(
            variants: variants, names: names(network, variants.map(\.name)),
            policy: network.policy(priority: 1, carriesResults: true, spreads: true))
    }

    /// The files' names; variants of one file are told apart by the size of their picture.
    private func names(_ network: NetworkConfiguration, _ files: [String]) -> [String] {
        zip(files, [nil] + network.variants.map(\.input)).map { file, input in
            input.map { "\(file)@\($0.width)x\($0.height)" } ?? file
        }
    }
}
