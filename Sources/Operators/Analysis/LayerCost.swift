/// What one node of a network takes.
public struct LayerCost: Hashable, Sendable {
    public var name: String
    public var operatorType: String
    public var output: ValueType

    public var multiplyAccumulates: Int

    /// Elements of constants other than index lists: weights, biases, scales.
    public var parameters: Int

    /// Bytes of all constants read.
    public var parameterBytes: Int

    /// Bytes of all other values read and written, each counted once.
    public var activationBytes: Int
}
