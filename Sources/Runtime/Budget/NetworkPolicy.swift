/// What the budget may do with a network when time is short.
public struct NetworkPolicy: Sendable, Hashable {
    /// Nanoseconds that a result is carried at most: in a second a car in town goes twenty metres.
    package static let carryLimit: Int64 = 1_000_000_000

    /// Networks with a higher priority are given time first.
    public var priority: Int

    public var rate: RunRate

    /// Whether the last result stands in for a missing one, with its age: a road stays where it is for some frames, a
    /// pedestrian does not.
    public var carriesResults: Bool

    /// Whether one run may be spread over several frames, a slice in what each leaves over.
    public var spreads: Bool

    public init(priority: Int = 0, rate: RunRate = .init(), carriesResults: Bool = false, spreads: Bool = false) {
        self.priority = priority
        self.rate = rate
        self.carriesResults = carriesResults
        self.spreads = spreads
    }
}
