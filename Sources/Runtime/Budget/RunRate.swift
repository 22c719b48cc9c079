/// How often a network is to run.
public struct RunRate: Sendable, Hashable {
    /// Every frame (1), every second (2), ...
    public var every = 1

    /// Nanoseconds that a result may grow old, if it must not grow older: then the network comes first, even before more
    /// important ones. Without it the network runs only where room is left.
    public var maximumAge: Int64?

    public init(every: Int = 1, maximumAge: Int64? = nil) {
        self.every = every
        self.maximumAge = maximumAge
    }
}
