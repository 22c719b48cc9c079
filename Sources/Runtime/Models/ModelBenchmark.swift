import CKernels
import Platform
import SightlineInference
import Tensors

/// Times a network, for `sightline model bench`.
public struct ModelBenchmark {
    private let path: String
    private let selfCheck: SelfCheckResult?
    private let engine: Engine
    private let threads: Int
    private let loadMilliseconds: Double
    private let measuresLayers: Bool
    private let kernels: UnsafePointer<sightline_kernels>?

    public init(
        path: String, inputShapes: [String: Shape], threads: Int?, instructionSet: String?, measuresLayers: Bool,
        usesCache: Bool = true
    ) throws(RuntimeError) {
        let start = MonotonicTime.now
        self.path = path
        self.measuresLayers = measuresLayers
        let graph = try LoadedModel.staticGraph(path: path, inputShapes: inputShapes)
        do throws(EngineError) {
            engine = try Engine(
                graph,
                options: EngineOptions(
                    threads: threads, instructionSet: instructionSet, measuresLayers: measuresLayers,
                    weightsCache: usesCache ? .standard : nil))
            try engine.fillInputs()
            try engine.run()
        } catch {
            throw .engine(path: path, error)
        }
        loadMilliseconds = Double(MonotonicTime.now - start) / 1e6
        engine.weightsCacheOutcome.log(model: path)
        selfCheck = try Self.check(engine, graph.graph.metadata, path: path)
        self.threads = engine.threads
        kernels = instructionSet.flatMap { sightline_kernels_named($0) } ?? sightline_kernels_selected()
    }

    /// Compares all golden values that the file carries.
    private static func check(
        _ engine: Engine, _ metadata: [String: String], path: String
    ) throws(RuntimeError) -> SelfCheckResult? {
        do throws(EngineError) {
            guard let golden = try GoldenValues(metadata: metadata) else { return nil }
            let start = MonotonicTime.now
            let agreeing = try engine.verify(golden, pictures: golden.pictureCount)
            let milliseconds = Double(MonotonicTime.now - start) / 1e6 / Double(max(golden.pictureCount, 1))
            try engine.fillInputs()
            return SelfCheckResult(
                pictures: golden.pictureCount, agreeing: agreeing, millisecondsPerPicture: milliseconds)
        } catch {
            throw .engine(path: path, error)
        }
    }

    public func run(warmup: Int, runs: Int) throws(RuntimeError) -> ModelBenchmarkReport {
        var durations: [Int64] = []
        durations.reserveCapacity(runs)
        do throws(EngineError) {
            for _ in 0..<warmup { try engine.run() }
            for _ in 0..<runs {
                let start = MonotonicTime.now
                try engine.run()
                durations.append(MonotonicTime.now - start)
            }
        } catch {
            throw .engine(path: path, error)
        }
        durations.sort()
        return ModelBenchmarkReport(
            model: path, instructionSet: kernels.map { String(cString: $0.pointee.name) } ?? "none", threads: threads,
            durations: durations, loadMilliseconds: loadMilliseconds,
            peakResidentBytes: ResourceUsage.current.peakResidentBytes,
            multiplyAccumulates: engine.layers.reduce(0) { $0 + $1.multiplyAccumulates },
            peakPerThread: kernels.map { sightline_peak_multiply_accumulates_per_second($0) } ?? 0,
            layers: measuresLayers ? engine.layerTimings() : [], weightsCache: engine.weightsCacheOutcome,
            selfCheck: selfCheck)
    }
}

extension Engine {
    /// Fills every input with middle grey, so that timing does not depend on what happened to be in memory.
    func fillInputs() throws(EngineError) {
        for (index, input) in inputs.enumerated() {
            var tensor = Tensor(zeros: input.shape, elementType: .float32)
            tensor.withMutableElements(as: Float.self) { $0.update(repeating: 0.5) }
            try setInput(index, to: tensor)
        }
    }
}
