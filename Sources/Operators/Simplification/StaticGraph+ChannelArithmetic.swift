extension StaticGraph {
    /// The graph with additions of and multiplications by constants per channel folded into the convolution before them.
    public func foldingChannelArithmetic() -> StaticGraph {
        AffineFolding.apply(to: self) { node, graph in
            guard ["Add", "Sub", "Mul", "Div"].contains(node.operatorType), node.inputs.count == 2 else { return nil }
            for operand in 0..<2 {
                guard let shape = graph.types[node.inputs[operand]]?.shape, shape.rank >= 3,
                    let affine = ChannelAffine(
                        arithmetic: node, operand: operand, channels: shape[1], rank: shape.rank, in: graph.graph)
                else { continue }
                return (operand, affine)
            }
            return nil
        }
    }
}
