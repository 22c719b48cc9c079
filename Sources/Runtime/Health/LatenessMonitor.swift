import Platform

/// Raises `DECODE_SLOW` while a drive's frames are decoded later than they fall due, a second at a time.
///
/// Belongs to the source's thread and allocates nothing.
package struct LatenessMonitor {
    private static let interval: Int64 = 1_000_000_000
    /// Less is the scheduler's usual latency.
    private static let tolerance: Int64 = 2_000_000

    private let signal: HealthSignal
    private var windowEnd: MonotonicTime
    private var worst: Int64 = 0

    package init(board: HealthBoard, stage: String, now: MonotonicTime) {
        signal = board.signal(.decodeSlow, stage: stage, unit: "ms") { amount, count in
            "\(count) frames were decoded late, by up to \(Int(amount.rounded(.up))) ms"
        }
        windowEnd = now + Self.interval
    }

    /// Takes in by how many nanoseconds a frame was late.
    package mutating func add(_ nanoseconds: Int64, now: MonotonicTime) {
        if nanoseconds > Self.tolerance {
            worst = max(worst, nanoseconds)
            signal.raise(amount: Double(worst) / 1e6, since: now)
        }
        guard now >= windowEnd else { return }
        if worst == 0 { signal.clear(now: now) }
        worst = 0
        windowEnd = now + Self.interval
    }
}
