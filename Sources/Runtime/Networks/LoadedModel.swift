import ONNX
import Operators
import Perception
import Tensors

/// A model file made ready to run: its graph with fixed shapes, and what its inputs and outputs mean.
public struct LoadedModel: Sendable {
    public let path: String
    public let graph: StaticGraph
    public let recognized: RecognizedNetwork

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
