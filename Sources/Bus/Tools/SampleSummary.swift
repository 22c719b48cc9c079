/// Order statistics of samples.
public struct SampleSummary: Sendable, Equatable {
    public var count: Int
    public var mean: Double
    public var deviation: Double
    public var minimum: Double
    public var median: Double
    public var p90: Double
    public var p99: Double
    public var p999: Double
    public var maximum: Double
}
