/// What a run asks of the system for its frame path. What is refused is reported and done without.
public struct RealTimeOptions: Sendable, Hashable {
    /// SCHED_FIFO priority of the loop; its source is one above. Nil for the normal scheduler.
    public var priority: Int32? = 50

    /// Whether each thread of the frame path stays on a processor of its own.
    public var pinsThreads = true

    /// Whether memory is kept from being paged out.
    public var locksMemory = true

    public init() {}

    /// As any other program runs.
    public static var none: RealTimeOptions {
        var options = RealTimeOptions()
        options.priority = nil
        options.pinsThreads = false
        options.locksMemory = false
        return options
    }
}
