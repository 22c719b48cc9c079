import ONNX
import Operators
import Tensors

/// Builds small networks with known types, node by node.
struct NetworkBuilder {
    private var graph: Graph
    private var types: [String: ValueType] = [:]
    private var random = RandomNumbers(seed: 1)

    init(input: Shape, operatorSetVersion: Int = 13) {
        graph = Graph(name: "test", operatorSetVersion: operatorSetVersion)
        graph.inputs = [ValueInfo(name: "x", elementType: .float32, dimensions: input.dimensions.map(Dimension.fixed))]
        types["x"] = ValueType(shape: input, elementType: .float32)
    }

    /// The network with the given values as outputs.
    func build(outputs: [String]) -> StaticGraph {
        var graph = graph
        graph.outputs = outputs.compactMap { name in
            types[name].map {
                ValueInfo(name: name, elementType: $0.elementType, dimensions: $0.shape.dimensions.map(Dimension.fixed))
            }
        }
        return StaticGraph(graph: graph, types: types)
    }

    func shape(_ value: String) -> Shape { types[value]?.shape ?? [] }

    /// Adds any node with one output, named like it.
    @discardableResult
    mutating func node(
        _ type: String, _ inputs: [String], _ output: String, shape: Shape, attributes: [String: AttributeValue] = [:]
    ) -> String {
        graph.nodes.append(
            Node(name: output, operatorType: type, inputs: inputs, outputs: [output], attributes: attributes))
        types[output] = ValueType(shape: shape, elementType: .float32)
        return output
    }

    mutating func constant(_ name: String, _ tensor: Tensor) -> String {
        graph.initializers[name] = tensor
        types[name] = ValueType(shape: tensor.shape, elementType: tensor.elementType)
        return name
    }

    /// A convolution with random weights, padded to keep the size (divided by the stride).
    @discardableResult
    mutating func convolution(
        _ input: String, _ output: String, channels: Int, kernel: Int = 3, stride: Int = 1, groups: Int = 1,
        hasBias: Bool = true, weights given: [Float]? = nil
    ) -> String {
        let source = shape(input)
        let terms = source[1] / groups * kernel * kernel
        let deviation = 1 / Float(terms).squareRoot()
        let values = given ?? random.normals(channels * terms, deviation: deviation)
        let weights = constant(
            output + ".weight", Tensor(values, shape: [channels, source[1] / groups, kernel, kernel]))
        var inputs = [input, weights]
        if hasBias {
            inputs.append(
                constant(output + ".bias", Tensor(random.normals(channels, deviation: 0.3), shape: [channels])))
        }
        let pad = (kernel - 1) / 2
        return node(
            "Conv", inputs, output,
            shape: [
                source[0], channels, (source[2] + 2 * pad - kernel) / stride + 1,
                (source[3] + 2 * pad - kernel) / stride + 1,
            ],
            attributes: [
                "kernel_shape": .ints([kernel, kernel]), "strides": .ints([stride, stride]), "group": .int(groups),
                "pads": .ints([pad, pad, pad, pad]),
            ])
    }

    /// x * sigmoid(x).
    @discardableResult
    mutating func silu(_ input: String, _ output: String) -> String {
        node("Sigmoid", [input], output + ".gate", shape: shape(input))
        return node("Mul", [input, output + ".gate"], output, shape: shape(input))
    }

    @discardableResult
    mutating func relu(_ input: String, _ output: String) -> String {
        node("Relu", [input], output, shape: shape(input))
    }

    @discardableResult
    mutating func add(_ left: String, _ right: String, _ output: String) -> String {
        node("Add", [left, right], output, shape: shape(left))
    }

    @discardableResult
    mutating func concat(_ inputs: [String], _ output: String) -> String {
        var result = shape(inputs[0])
        result[1] = inputs.reduce(0) { $0 + shape($1)[1] }
        return node("Concat", inputs, output, shape: result, attributes: ["axis": .int(1)])
    }

    mutating func maxPool(_ input: String, _ output: String) -> String {
        node(
            "MaxPool", [input], output, shape: shape(input),
            attributes: ["kernel_shape": .ints([3, 3]), "pads": .ints([1, 1, 1, 1]), "strides": .ints([1, 1])])
    }

    /// Two halves along the channels.
    mutating func split(_ input: String, _ first: String, _ second: String) {
        var half = shape(input)
        half[1] /= 2
        graph.nodes.append(
            Node(
                name: first + ".split", operatorType: "Split", inputs: [input], outputs: [first, second],
                attributes: ["axis": .int(1)]))
        types[first] = ValueType(shape: half, elementType: .float32)
        types[second] = ValueType(shape: half, elementType: .float32)
    }
}
