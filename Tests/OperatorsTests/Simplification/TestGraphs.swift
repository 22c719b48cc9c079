import ONNX
import Operators
import TestSupport
import Tensors
import Testing

/// Small graphs, as tests write them down.
struct GraphBuilder {
    var graph = Graph(name: "test", operatorSetVersion: 17)
    private var generator = SeededGenerator(seed: 7)

    init(version: Int = 17) {
        graph.operatorSetVersion = version
    }

    mutating func input(_ name: String, _ dimensions: [Dimension], _ type: ElementType = .float32) {
        graph.inputs.append(ValueInfo(name: name, elementType: type, dimensions: dimensions))
    }

    mutating func input(_ name: String, _ shape: Shape) {
        input(name, shape.dimensions.map { .fixed($0) })
    }

    mutating func output(_ names: String...) {
        graph.outputs += names.map { ValueInfo(name: $0, elementType: .float32, dimensions: []) }
    }

    mutating func constant(_ name: String, _ tensor: Tensor) {
        graph.initializers[name] = tensor
    }

    /// A constant of random numbers from -1 to 1, or from 0.1 to 1.
    mutating func random(_ name: String, _ shape: Shape, positive: Bool = false) {
        constant(name, randomTensor(shape, positive: positive))
    }

    mutating func randomTensor(_ shape: Shape, positive: Bool = false) -> Tensor {
        let numbers = (0..<shape.elementCount).map { _ in
            Float.random(in: positive ? 0.1...1 : -1...1, using: &generator)
        }
        return Tensor(numbers, shape: shape)
    }

    mutating func node(
        _ type: String, _ inputs: [String], _ outputs: [String], _ attributes: [String: AttributeValue] = [:]
    ) {
        graph.nodes.append(
            Node(
                name: "\(type)_\(graph.nodes.count)", operatorType: type, inputs: inputs, outputs: outputs,
                attributes: attributes))
    }
}

/// Runs both graphs on the same random inputs and compares all outputs, relative to each output's largest element.
func expectSameResults(
    _ first: StaticGraph, _ second: StaticGraph, tolerance: Float = 1e-5,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    var builder = GraphBuilder()
    var inputs: [String: Tensor] = [:]
    for input in first.graph.inputs { inputs[input.name] = builder.randomTensor(try #require(input.shape)) }
    let left = try ReferenceExecutor(first).run(inputs)
    let right = try ReferenceExecutor(second).run(inputs)
    #expect(left.keys.sorted() == right.keys.sorted(), sourceLocation: sourceLocation)
    for (name, tensor) in left {
        let other = try #require(right[name])
        try #require(
            tensor.shape == other.shape && tensor.elementType == other.elementType, sourceLocation: sourceLocation)
        guard tensor.elementType == .float32 else {
            #expect(tensor == other, sourceLocation: sourceLocation)
            continue
        }
        let (values, others) = (tensor.array(of: Float.self), other.array(of: Float.self))
        let range = max(values.map(abs).max() ?? 0, 1e-6)
        let distance = zip(values, others).map { abs($0 - $1) }.max() ?? 0
        #expect(distance <= tolerance * range, "output \(name)", sourceLocation: sourceLocation)
    }
}

extension StaticGraph {
    /// How often each operator occurs.
    var operators: [String: Int] {
        graph.nodes.reduce(into: [:]) { $0[$1.operatorType, default: 0] += 1 }
    }
}
