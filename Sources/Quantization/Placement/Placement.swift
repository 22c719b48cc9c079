/// Where the integers are: the answer of ``PlacementPlanner``.
package struct Placement: Sendable {
    /// The convolutions that become integer, in graph order.
    package var layers: [ConvolutionLayer]

    /// Nodes, beside the convolutions, that work on integers.
    package var integerNodes: Set<Int>

    /// Nodes between an integer addition and its quantised result: activations that the addition's kernel applies.
    package var fusedActivations: Set<Int>

    package var groups: [ParameterGroup]

    /// The group of each quantised value.
    package var groupOfValue: [String: Int]

    /// The places that read integers.
    package var integerReadings: Set<GraphIndex.Reading>

    /// Convolutions that stay in float, with the reason.
    package var floatLayers: [FloatLayer]
}

/// A layer that stays in float.
public struct FloatLayer: Sendable, Hashable {
    public let name: String
    public let reason: String

    public init(name: String, reason: String) {
        self.name = name
        self.reason = reason
    }
}
