/// How a latency budget is kept.
public struct BudgetOptions: Sendable, Hashable {
    /// Nanoseconds from capture to publication.
    public var budget: Int64

    /// Networks end this share of the budget earlier than predictions would allow: what follows them may take longer than it
    /// usually does, and a late result is late by however little.
    public var reserve = 0.02

    /// A costlier plan must fit with this share of the budget to spare before it is taken up again.
    public var headroom = 0.08

    /// ... for this many frames in a row. Doubles each time that the step up is taken back soon.
    public var patience = 15

    /// A slice shorter than this is not worth its overhead, nanoseconds.
    public var minimumSlice: Int64 = 1_000_000

    var reserved: Int64 { Int64(reserve * Double(budget)) }

    public init(budget: Int64) {
        self.budget = budget
    }
}
