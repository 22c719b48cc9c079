import Operators
import Quantization
import SightlineInference
import Tensors

/// Shows the quantiser what the engine computes for values inside a float graph.
public struct EngineCalibrationNetwork: CalibrationNetwork {
    private let graph: StaticGraph
    private let threads: Int?
    private var engine: Engine?
    private var observed: [String] = []

    public init(_ graph: StaticGraph, threads: Int? = nil) {
        self.graph = graph
        self.threads = threads
    }

    public mutating func run(
        _ input: [String: Tensor], observing names: [String],
        _ body: (_ name: String, _ elements: UnsafeBufferPointer<Float>, _ shape: Shape) -> Void
    ) throws(QuantizationError) {
        do throws(EngineError) {
            let engine = try prepared(observing: names)
            for (index, info) in engine.inputs.enumerated() {
                if let tensor = input[info.name] { try engine.setInput(index, to: tensor) }
            }
            try engine.run()
            for (index, output) in engine.outputs.enumerated() {
                engine.withOutput(index) { body(output.name, $0, output.shape) }
            }
        } catch {
            throw .networkFailed(sample: 0, detail: "\(error)")
        }
        for name in names {
            guard let tensor = input[name] else { continue }
            tensor.withElements(as: Float.self) { body(name, $0, tensor.shape) }
        }
    }

    public func computing(_ graph: StaticGraph) throws(QuantizationError) -> EngineCalibrationNetwork? {
        EngineCalibrationNetwork(graph, threads: threads)
    }

    /// The engine for these values; made anew only when other values are asked for.
    private mutating func prepared(observing names: [String]) throws(EngineError) -> Engine {
        if let engine, observed == names { return engine }
        let inputs = Set(graph.graph.inputs.map(\.name))
        let made = try Engine(
            graph,
            options: EngineOptions(
                threads: threads, outputs: names.filter { !inputs.contains($0) }, prefersQuantizedInput: false))
        engine = made
        observed = names
        return made
    }
}
