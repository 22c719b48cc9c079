import Messages
import Platform

/// What became of one network on one frame.
public struct NetworkOutcome: Sendable {
    /// What was done.
    public internal(set) var plan = Sightline_Plan.skipped
    /// The variant that ran, 0 for the full network.
    public internal(set) var variant = 0
    /// Nanoseconds that the network computed on this frame, without preprocessing and decoding.
    public internal(set) var duration: Int64 = 0
    /// Nanoseconds that the budget had foreseen for preprocessing, network and decoding; 0 without a budget.
    public internal(set) var predicted: Int64 = 0
    /// Whether there is a result, of this frame or of an earlier one.
    public internal(set) var hasResult = false
    /// Whether the result is new with this frame.
    public internal(set) var isNew = false
    /// Nanoseconds from the capture of the frame that the result shows to the capture of this one.
    public internal(set) var resultAge: Int64 = 0

    // When the parts of the work began and ended; all the same where nothing was done.
    var begin = MonotonicTime(nanoseconds: 0)
    var prepared = MonotonicTime(nanoseconds: 0)
    var inferred = MonotonicTime(nanoseconds: 0)
    var end = MonotonicTime(nanoseconds: 0)

    /// Starts the account of a frame.
    mutating func restart(now: MonotonicTime) {
        plan = .skipped
        duration = 0
        predicted = 0
        isNew = false
        (begin, prepared, inferred, end) = (now, now, now, now)
    }
}
