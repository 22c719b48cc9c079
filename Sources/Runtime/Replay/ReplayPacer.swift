import Platform

/// When frames of a drive fall due in real time, while the speed changes and the replay pauses.
///
/// Time goes on from an anchor; whatever changes the pace sets a new one.
struct ReplayPacer {
    private var realAnchor: MonotonicTime
    private var recordedAnchor: Int64
    private var speed: Double

    init(speed: Double, now: MonotonicTime) {
        self.speed = speed
        realAnchor = now
        recordedAnchor = 0
    }

    /// When a frame of that time falls due.
    ///
    /// - Parameter recorded: on the axis of capture times, nanoseconds.
    func due(_ recorded: Int64) -> MonotonicTime {
        realAnchor + Int64(Double(recorded - recordedAnchor) / speed)
    }

    /// From now on at another speed.
    mutating func set(speed: Double, now: MonotonicTime) {
        guard speed != self.speed else { return }
        recordedAnchor += Int64(Double(now - realAnchor) * self.speed)
        realAnchor = now
        self.speed = speed
    }

    /// A frame of that time is due now, however long it was held.
    mutating func rebase(_ recorded: Int64, now: MonotonicTime) {
        recordedAnchor = recorded
        realAnchor = now
    }
}
