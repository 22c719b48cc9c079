extension StaticGraph {
    /// The graph with every BatchNormalization that follows a Conv or ConvTranspose folded into its weights and bias.
    ///
    /// Those after other operators stay; so do those whose convolution has another reader.
    public func foldingBatchNormalization() -> StaticGraph {
        AffineFolding.apply(to: self) { node, graph in
            ChannelAffine(batchNormalization: node, in: graph.graph).map { (operand: 0, affine: $0) }
        }
    }
}
