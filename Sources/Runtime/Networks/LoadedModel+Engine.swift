import Logging
import Platform
import SightlineInference

/// Engines of model files: packed weights come from the user's cache, golden values are compared once.
extension LoadedModel {
    /// The environment variable that skips the comparison of golden values when it says `off`.
    public static let selfCheckEnvironmentName = "SIGHTLINE_SELF_CHECK"

    /// An engine for the values of the given names, which computes what the file says it must.
    func engine(
        outputs: [String], threads: Int?, workers: [RealTimeThread.Scheduling] = [], measuresLayers: Bool = false
    ) throws(RuntimeError) -> Engine {
        do throws(EngineError) {
            let engine = try Engine(
                graph,
                options: EngineOptions(
                    threads: threads, outputs: outputs, measuresLayers: measuresLayers, workers: workers,
                    weightsCache: .standard))
            engine.weightsCacheOutcome.log(model: path)
            if hasOwnShapes, Environment.value(Self.selfCheckEnvironmentName) != "off",
                let golden = try GoldenValues(metadata: graph.graph.metadata)
            {
                try engine.verify(golden)
            }
            return engine
        } catch {
            throw .engine(path: path, error)
        }
    }
}

extension WeightsCache.Outcome {
    /// A line in the log where the cache was of no use.
    func log(model path: String) {
        switch self {
        case .unused, .loaded, .created: break
        case .rebuilt(let reason):
            Logger(label: "sightline.engine").info("\(path): cached weights were \(reason); packed anew")
        case .unwritable(let reason):
            Logger(label: "sightline.engine").info("\(path): packed weights cannot be cached: \(reason)")
        }
    }
}
