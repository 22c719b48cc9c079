import Platform

/// When each stage of one frame took place.
///
/// Stages may be entered more than once (two networks preprocess one after the other); their times add up.
public struct FrameTimeline: Sendable {
    /// Nanoseconds by ``Stage``'s raw value.
    typealias StageTimes = [8 of Int64]

    /// The capture stamp: from the driver for cameras; the moment a frame fell due in paced replay.
    public private(set) var capture = MonotonicTime(nanoseconds: 0)
    public private(set) var end = MonotonicTime(nanoseconds: 0)
    private var nanoseconds: StageTimes = .init(repeating: 0)

    public init() {}

    /// Begins a frame that was captured at `capture` and is taken up at `now`.
    public mutating func begin(capture: MonotonicTime, now: MonotonicTime) {
        self.capture = capture
        end = now
        nanoseconds = .init(repeating: 0)
        nanoseconds[Stage.wait.rawValue] = max(now - capture, 0)
    }

    /// Ends a stage: it lasted from the end of the one before until now.
    public mutating func finish(_ stage: Stage, now: MonotonicTime = .now) {
        nanoseconds[stage.rawValue] += now - end
        end = now
    }

    public func duration(of stage: Stage) -> Int64 { nanoseconds[stage.rawValue] }

    /// From capture to the end of the last finished stage, nanoseconds.
    public var total: Int64 { end - capture }
}
