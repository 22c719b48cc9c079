import Messages
import Platform

/// Says whether a frame missed its deadline, and whose fault that was.
///
/// A miss is the source's when the frame was handed over so late that it would have been in time otherwise; the host's when
/// the frame's threads waited so long for a processor, or the hypervisor stole so much time, that without it the frame would have
/// been in time; the runtime's own in all other cases. What a frame lost while its predecessor was still at work counts for
/// both.
package struct DeadlineJudge: ~Copyable {
    private let budget: Int64?
    private let wait: RunQueueWait
    private let steal = StealTime()
    private var waitBefore: Int64 = 0
    private var stealBefore: Int64 = 0
    private var previousDelay: Int64 = 0
    private var previousEnd = MonotonicTime(nanoseconds: 0)

    /// Made on the loop's thread once all threads that work on frames run.
    ///
    /// - Parameter budget: nanoseconds from capture to publication; nil when nothing can be missed.
    package init(budget: Int64?) {
        self.budget = budget
        wait = RunQueueWait(threadsNamed: isFrameThread)
    }

    /// Begins a frame.
    package mutating func begin() {
        guard budget != nil else { return }
        waitBefore = wait.nanoseconds
        stealBefore = steal.nanoseconds ?? 0
    }

    /// Judges a frame that has been published.
    ///
    /// - Parameter arrival: when its source handed it over.
    package mutating func end(_ timeline: FrameTimeline, arrival: MonotonicTime) -> Sightline_Timing.MissCause {
        guard let budget else { return .none }
        let delay = (wait.nanoseconds - waitBefore) + ((steal.nanoseconds ?? 0) - stealBefore)
        let overlapping = timeline.capture < previousEnd ? previousDelay : 0
        previousDelay = delay
        previousEnd = timeline.end
        return Self.cause(
            excess: timeline.total - budget, sourceDelay: arrival - timeline.capture, hostDelay: delay + overlapping)
    }

    /// The rule itself, in nanoseconds.
    package static func cause(excess: Int64, sourceDelay: Int64, hostDelay: Int64) -> Sightline_Timing.MissCause {
        if excess <= 0 { return .none }
        if sourceDelay >= excess && sourceDelay >= hostDelay { return .source }
        if hostDelay >= excess { return .host }
        return sourceDelay + hostDelay >= excess ? (sourceDelay >= hostDelay ? .source : .host) : .own
    }
}
