import ONNX
import Operators
import Perception
import Tensors

/// A model file made ready to run: its graph with fixed shapes, and what its inputs and outputs mean.
public struct LoadedModel: Sendable {
    public let path: String
    public let graph: StaticGraph
    public let recognized: RecognizedNetwork

    /// Whether its inputs have the sizes that the file is made for: golden values hold for these only.
    private(set) var hasOwnShapes = true

    /// The file's name without folder and ending: how messages and tables call the network.
    public var name: String {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        return file.hasSuffix(".onnx") ? String(file.dropLast(5)) : file
    }

    /// Reads a model file.
    ///
    /// - Parameters:
    ///   - inputShapes: shapes of inputs that the file leaves open; the file's own metadata decide otherwise.
    ///   - head: the layout of the outputs, where the file does not tell.
    public init(
        path: String, inputShapes: [String: Shape] = [:], head: String? = nil
    ) throws(RuntimeError) {
        try self.init(path: path, graph: try Self.staticGraph(path: path, inputShapes: inputShapes), head: head)
        hasOwnShapes = inputShapes.isEmpty
    }

    /// A graph that was read from `path`.
    public init(path: String, graph: StaticGraph, head: String? = nil) throws(RuntimeError) {
        self.path = path
        self.graph = graph
        let hints: HeadHints
        do throws(ONNXError) { hints = try HeadHints(graph.graph) } catch { throw .model(error) }
        let shapes = graph.types.mapValues(\.shape)
        let kind = try head.map { (word) throws(RuntimeError) in try Self.headKind(word) }
        do throws(PerceptionError) {
            recognized = try HeadRecognizer(graph.graph, shapes: shapes, hints: hints).recognize(as: kind)
        } catch {
            throw .perception(path: path, error)
        }
    }

    /// A cheaper variant of a network of the configuration.
    init(_ variant: VariantConfiguration, of network: NetworkConfiguration) throws(RuntimeError) {
        let path = variant.model ?? network.model
        guard let size = variant.input else {
            try self.init(path: path, head: network.head)
            return
        }
        let graph: Graph
        do throws(ONNXError) { graph = try Graph(contentsOf: path) } catch { throw .model(error) }
        // A picture is one of three colours, in rows.
        let shape = Shape([1, 3, size.height, size.width])
        let inputs = graph.inputs.filter { graph.initializers[$0.name] == nil }
        try self.init(
            path: path, inputShapes: inputs.first.map { [$0.name: shape] } ?? [:], head: network.head)
    }

    private static func headKind(_ word: String) throws(RuntimeError) -> HeadKind {
        guard let kind = HeadKind(rawValue: word) else { throw .unknownHead(word) }
        return kind
    }

    /// Reads a model file and fixes its shapes, whatever its outputs mean.
    public static func staticGraph(
        path: String, inputShapes: [String: Shape] = [:]
    ) throws(RuntimeError) -> StaticGraph {
        let graph = try readGraph(path)
        do throws(OperatorError) {
            return try graph.specialized(inputShapes: inputShapes)
        } catch {
            throw .graph(path: path, error)
        }
    }

    /// The same for a file whose last part may have sizes that depend on what is in the picture.
    public static func splitNetwork(
        path: String, inputShapes: [String: Shape] = [:]
    ) throws(RuntimeError) -> SplitNetwork {
        let graph = try readGraph(path)
        do throws(OperatorError) {
            return try graph.split(inputShapes: inputShapes)
        } catch {
            throw .graph(path: path, error)
        }
    }

    private static func readGraph(_ path: String) throws(RuntimeError) -> Graph {
        do throws(ONNXError) { return try Graph(contentsOf: path) } catch { throw .model(error) }
    }
}
