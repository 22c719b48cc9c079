import ONNX
import Operators
import Platform
import Tensors

/// A digest of everything in a graph that a compiled network depends on: nodes, constants, input shapes, outputs.
enum GraphDigest {
    /// Complexity: linear in the bytes of the graph's constants.
    static func digest(of graph: StaticGraph) -> UInt64 {
        var hash = UInt64(graph.graph.operatorSetVersion)
        for input in graph.graph.inputs {
            hash = XXHash64.digest(
                "\(input.name) \(graph.types[input.name].map { "\($0.shape) \($0.elementType)" } ?? "")", seed: hash)
        }
        for output in graph.graph.outputs { hash = XXHash64.digest(output.name, seed: hash) }
        for node in graph.graph.nodes { hash = digest(of: node, seed: hash) }
        for (name, tensor) in graph.graph.initializers.sorted(by: { $0.key < $1.key }) {
            hash = XXHash64.digest(name, seed: hash)
            hash = digest(of: tensor, seed: hash)
        }
        return hash
    }

    private static func digest(of node: Node, seed: UInt64) -> UInt64 {
        var hash = XXHash64.digest("\(node.domain) \(node.operatorType)", seed: seed)
        for name in node.inputs { hash = XXHash64.digest(name, seed: hash) }
        for name in node.outputs { hash = XXHash64.digest(name, seed: hash &+ 1) }
        for (name, value) in node.attributes.sorted(by: { $0.key < $1.key }) {
            hash = digest(of: value, seed: XXHash64.digest(name, seed: hash))
        }
        return hash
    }

    /// What tells an attribute's value from others.
    static func digest(of value: AttributeValue, seed: UInt64) -> UInt64 {
        switch value {
        case .int(let number): withUnsafeBytes(of: number) { XXHash64.digest($0, seed: seed &+ 1) }
        case .float(let number): withUnsafeBytes(of: number) { XXHash64.digest($0, seed: seed &+ 2) }
        case .string(let text): XXHash64.digest(text, seed: seed &+ 3)
        case .tensor(let tensor): digest(of: tensor, seed: seed &+ 4)
        case .ints(let numbers): numbers.withUnsafeBytes { XXHash64.digest($0, seed: seed &+ 5) }
        case .floats(let numbers): numbers.withUnsafeBytes { XXHash64.digest($0, seed: seed &+ 6) }
        case .strings(let texts): texts.reduce(seed &+ 7) { XXHash64.digest($1, seed: $0) }
        case .graph(let branch): branch.nodes.reduce(seed &+ 8) { digest(of: $1, seed: $0) }
        }
    }

    static func digest(of tensor: Tensor, seed: UInt64) -> UInt64 {
        var hash = seed &+ UInt64(tensor.elementType.rawValue)
        hash = tensor.shape.dimensions.withUnsafeBytes { XXHash64.digest($0, seed: hash) }
        return tensor.withBytes { XXHash64.digest($0, seed: hash) }
    }
}
