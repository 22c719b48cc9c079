import Operators
import Tensors

/// Calibration with the reference executor: exact, and slow.
public struct ReferenceCalibrationNetwork: CalibrationNetwork {
    private let graph: StaticGraph
    private let executor: ReferenceExecutor
    private var runs = 0

    public init(_ graph: StaticGraph) {
        self.graph = graph
        executor = ReferenceExecutor(graph)
    }

    public mutating func run(
        _ input: [String: Tensor], observing: [String],
        _ body: (_ name: String, _ elements: UnsafeBufferPointer<Float>, _ shape: Shape) -> Void
    ) throws(QuantizationError) {
        runs += 1
        let values: [String: Tensor]
        do {
            values = try executor.run(input, observing: Set(observing))
        } catch {
            throw .networkFailed(sample: runs - 1, detail: "\(error)")
        }
        for name in observing {
            guard let tensor = values[name], tensor.elementType == .float32 else { throw .missingValue(name: name) }
            tensor.withElements(as: Float.self) { body(name, $0, tensor.shape) }
        }
    }

    public func computing(_ graph: StaticGraph) throws(QuantizationError) -> ReferenceCalibrationNetwork? {
        ReferenceCalibrationNetwork(graph)
    }
}
