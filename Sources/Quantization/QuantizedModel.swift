import ONNX
import Operators

/// A quantised network, and the account of how it came to be.
public struct QuantizedModel: Sendable {
    /// The QDQ graph, ready to be written to a file.
    public let graph: Graph

    /// The same graph with the types of all values.
    public let staticGraph: StaticGraph

    public let report: QuantizationReport

    /// Convolutions that stay in float, with the reason.
    public var layersKeptInFloat: [FloatLayer] { report.floatLayers }

    public init(staticGraph: StaticGraph, report: QuantizationReport) {
        graph = staticGraph.graph
        self.staticGraph = staticGraph
        self.report = report
    }
}
