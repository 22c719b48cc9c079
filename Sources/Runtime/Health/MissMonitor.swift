import Messages
import Platform

/// Raises `DEADLINE_MISSED` while frames miss their deadline, a second at a time, with the cause of most of them.
///
/// Belongs to the loop's thread and allocates nothing.
package struct MissMonitor {
    private static let interval: Int64 = 1_000_000_000

    /// By the miss cause's raw value: own, host, source.
    private let signals: [HealthSignal]
    private var counts: [3 of Int] = .init(repeating: 0)
    private var worst: [3 of Int64] = .init(repeating: 0)
    private var windowEnd: MonotonicTime

    package init(board: HealthBoard, begin: MonotonicTime) {
        windowEnd = begin + Self.interval
        let causes = [
            ("loop", "the runtime's own work took too long"), ("host", "the host took the processor away"),
            ("source", "frames came late from their source"),
        ]
        signals = causes.map { stage, words in
            board.signal(.deadlineMissed, stage: stage, unit: "ms") { amount, count in
                "\(count) frames missed their deadline, by up to \(Int(amount.rounded(.up))) ms: \(words)"
            }
        }
    }

    /// Takes in a frame.
    ///
    /// - Parameter excess: nanoseconds past the deadline.
    package mutating func add(_ cause: Sightline_Timing.MissCause, excess: Int64, now: MonotonicTime) {
        if let index = Self.index(cause) {
            counts[index] += 1
            worst[index] = max(worst[index], excess)
            signals[index].raise(amount: Double(worst[index]) / 1e6, since: now)
        }
        guard now >= windowEnd else { return }
        for index in 0..<3 {
            if counts[index] == 0 {
                signals[index].clear(now: now)
                worst[index] = 0
            }
            counts[index] = 0
        }
        windowEnd = now + Self.interval
    }

    private static func index(_ cause: Sightline_Timing.MissCause) -> Int? {
        switch cause {
        case .own: 0
        case .host: 1
        case .source: 2
        case .none, .UNRECOGNIZED: nil
        }
    }
}
