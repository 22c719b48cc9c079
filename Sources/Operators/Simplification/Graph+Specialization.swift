import ONNX
import Tensors

extension Graph {
    /// The graph for fixed input shapes: every value has a known type, constant parts are computed, and what nobody needs
    /// is gone.
    ///
    /// - Parameter inputShapes: shapes of inputs that the file leaves open, or all of them. Without one, an open batch
    ///   becomes 1, and open heights and widths what the metadata's `imgsz` says.
    /// - Throws: ``OperatorError`` with the node, operator and attribute at fault, or the input whose shape does not fit.
    public func specialized(inputShapes: [String: Shape] = [:]) throws(OperatorError) -> StaticGraph {
        var specializer = Specializer(graph: self)
        return try specialized(by: &specializer, inputShapes)
    }

    /// The graph for fixed input shapes, and behind it the part whose sizes depend on the picture, if there is one.
    ///
    /// Detectors that are exported with their suppression built in end in such a part.
    ///
    /// - Parameter inputShapes: as for ``specialized(inputShapes:)``.
    public func split(inputShapes: [String: Shape] = [:]) throws(OperatorError) -> SplitNetwork {
        var specializer = Specializer(graph: self, cutsTail: true)
        let body = try specialized(by: &specializer, inputShapes)
        return SplitNetwork(body: body, tail: specializer.tail(), outputNames: outputs.map(\.name))
    }

    private func specialized(
        by specializer: inout Specializer, _ inputShapes: [String: Shape]
    ) throws(OperatorError) -> StaticGraph {
        guard Graph.supportedOperatorSets.contains(operatorSetVersion) else {
            throw .unsupportedOperatorSet(version: operatorSetVersion)
        }
        return try specializer.run(inputTypes: try InputShapes(graph: self, given: inputShapes).types())
            .removingIdentities().normalizingReshapes().removingNegligibleAddends().removingDeadCode()
            .removingExpansions().joiningSlices()
    }
}
