/// Values that share one set of quantisation parameters.
package struct ParameterGroup: Sendable {
    /// Names, in the order in which the graph computes them.
    package var values: [String]

    /// A scale and a zero point for each channel; such groups have one value only.
    package var isPerChannel: Bool
}
