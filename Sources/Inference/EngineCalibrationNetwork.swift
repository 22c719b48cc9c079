import Operators
import Quantization
import Tensors

/// Calibration with the engine: fast enough for hundreds of samples.
public struct EngineCalibrationNetwork: CalibrationNetwork {
    private let graph: StaticGraph
    private let options: EngineOptions

    /// The compiled network; made anew when other values are observed.
    private var engine: Engine?
    private var observed: [String] = []
    private var runs = 0

    /// - Parameter options: ``EngineOptions/outputs`` is ignored; the quantiser says what it wants to see.
    public init(_ graph: StaticGraph, options: EngineOptions = EngineOptions()) {
        self.graph = graph
        self.options = options
    }

    public mutating func run(
        _ input: [String: Tensor], observing: [String],
        _ body: (_ name: String, _ elements: UnsafeBufferPointer<Float>, _ shape: Shape) -> Void
    ) throws(QuantizationError) {
        runs += 1
        do {
            let engine = try engine(observing: observing)
            for (index, expected) in engine.inputs.enumerated() {
                guard let tensor = input[expected.name] else {
                    throw EngineError.invalidInput(name: expected.name, detail: "is missing from the sample")
                }
                try engine.setInput(index, to: tensor)
            }
            try engine.run()
            for (index, output) in engine.outputs.enumerated() where output.elementType == .float32 {
                engine.withOutput(index) { body(output.name, $0, output.shape) }
            }
        } catch {
            throw .networkFailed(sample: runs - 1, detail: "\(error)")
        }
        for name in observing {
            guard graph.graph.inputs.contains(where: { $0.name == name }), let tensor = input[name] else { continue }
            tensor.withElements(as: Float.self) { body(name, $0, tensor.shape) }
        }
    }

    public func computing(_ graph: StaticGraph) throws(QuantizationError) -> EngineCalibrationNetwork? {
        EngineCalibrationNetwork(graph, options: options)
    }

    private mutating func engine(observing names: [String]) throws(EngineError) -> Engine {
        if let engine, observed == names { return engine }
        let inputs = Set(graph.graph.inputs.map(\.name))
        var options = options
        options.outputs = names.filter { !inputs.contains($0) }
        options.prefersQuantizedInput = false
        let made = try Engine(graph, options: options)
        engine = made
        observed = names
        return made
    }
}
