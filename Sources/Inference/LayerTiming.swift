/// What a layer cost, over all runs since the engine was made.
public struct LayerTiming: Sendable, Hashable {
    public var layer: LayerInfo
    /// Time of the last run, its barrier included, in milliseconds.
    public var lastMilliseconds: Double
    /// The shortest time of all runs, in milliseconds.
    public var minimumMilliseconds: Double
    /// The mean of all runs, in milliseconds.
    public var meanMilliseconds: Double

    /// Multiply-accumulates per second at the shortest time, in 10^9.
    public var gigaMultiplyAccumulatesPerSecond: Double {
        minimumMilliseconds > 0 ? Double(layer.multiplyAccumulates) / minimumMilliseconds * 1e-6 : 0
    }
}
