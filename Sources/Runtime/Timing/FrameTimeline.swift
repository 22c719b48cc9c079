import Platform

/// When each stage of one frame took place.
///
/// Stages may be entered more than once (two networks preprocess one after the other); their times add up.
public struct FrameTimeline: Sendable {
    /// Nanoseconds by ``Stage``'s raw value.
    package typealias StageTimes = [8 of Int64]

    /// The capture stamp: from the driver for cameras; the moment a frame fell due in paced replay.
    public private(set) var capture = MonotonicTime(nanoseconds: 0)
    public private(set) var end = MonotonicTime(nanoseconds: 0)
    private var nanoseconds: StageTimes = .init(repeating: 0)

    public init() {}

    /// What happened when, in the order in which it was entered; of more than the capacity the first.
    package private(set) var spans: [16 of Span] = .init(repeating: Span())
    package private(set) var spanCount = 0

    /// A stretch of time that one stage took.
    package struct Span: Sendable {
        package var stage = Stage.wait
        package var begin = MonotonicTime(nanoseconds: 0)
        package var end = MonotonicTime(nanoseconds: 0)
    }

    /// Begins a frame that was captured at `capture` and is taken up at `now`.
    public mutating func begin(capture: MonotonicTime, now: MonotonicTime) {
        self.capture = capture
        end = now
        nanoseconds = .init(repeating: 0)
        spanCount = 0
        enter(.wait, from: min(capture, now), to: now)
    }

    /// Ends a stage: it lasted from the end of the one before until now.
    public mutating func finish(_ stage: Stage, now: MonotonicTime = .now) {
        enter(stage, from: end, to: now)
    }

    /// Enters a stage that lasted from one moment to another; stages of different threads may overlap.
    package mutating func enter(_ stage: Stage, from begin: MonotonicTime, to end: MonotonicTime) {
        nanoseconds[stage.rawValue] += end - begin
        self.end = max(self.end, end)
        guard spanCount < 16 else { return }
        spans[spanCount] = Span(stage: stage, begin: begin, end: end)
        spanCount += 1
    }

    /// Enters what one network did.
    package mutating func enter(_ outcome: NetworkOutcome, stage: Stage) {
        guard outcome.end > outcome.begin else { return }
        if outcome.prepared > outcome.begin { enter(.preprocess, from: outcome.begin, to: outcome.prepared) }
        if outcome.inferred > outcome.prepared { enter(stage, from: outcome.prepared, to: outcome.inferred) }
        if outcome.isNew { enter(.decode, from: outcome.inferred, to: outcome.end) }
    }

    /// When a stage began first, nanoseconds from capture; nil when the frame did not pass it.
    package func start(of stage: Stage) -> Int64? {
        for index in 0..<spanCount where spans[index].stage == stage { return spans[index].begin - capture }
        return nil
    }

    public func duration(of stage: Stage) -> Int64 { nanoseconds[stage.rawValue] }

    /// From capture to the end of the last finished stage, nanoseconds.
    public var total: Int64 { end - capture }
}
