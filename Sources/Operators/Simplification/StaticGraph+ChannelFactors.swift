import ONNX
import Tensors

extension StaticGraph {
    /// The graph with depthwise convolutions of one tap, which only scale channels, folded into the convolution behind them.
    public func foldingChannelFactors() -> StaticGraph {
        var result = self
        let readers = readerCounts
        var factors: [String: (input: String, values: [Float])] = [:]
        for index in graph.nodes.indices {
            let node = graph.nodes[index]
            if let values = channelFactors(node) { factors[node.outputs[0]] = (node.inputs[0], values) }
            guard node.operatorType == "Conv", node.domain.isEmpty, node.inputs.count >= 2,
                let scaling = factors[node.inputs[0]], readers[node.inputs[0]] == 1,
                let weights = graph.floats(node.inputs[1]), let shape = types[node.inputs[1]]?.shape,
                shape[1] == scaling.values.count
            else { continue }
            let taps = shape.dimensions.dropFirst(2).reduce(1, *)
            let scaled = weights.indices.map { weights[$0] * scaling.values[$0 / taps % shape[1]] }
            let name = result.addConstant(Tensor(scaled, shape: shape), named: node.inputs[1] + ".scaled")
            result.graph.nodes[index].inputs[0] = scaling.input
            result.graph.nodes[index].inputs[1] = name
        }
        return result.removingDeadCode()
    }

    /// The factor of each channel, where a node does nothing but multiply channels by constants.
    private func channelFactors(_ node: Node) -> [Float]? {
        guard node.operatorType == "Conv", node.domain.isEmpty, node.inputs.count == 2 || node.inputs[2].isEmpty,
            let weights = graph.floats(node.inputs[1]), let shape = types[node.inputs[1]]?.shape,
            let input = types[node.inputs[0]]?.shape, let output = types[node.outputs[0]]?.shape, input == output,
            shape.dimensions.dropFirst().allSatisfy({ $0 == 1 }), shape[0] == input[1],
            case .int(let groups)? = node.attributes["group"], groups == shape[0]
        else { return nil }
        return weights
    }
}
