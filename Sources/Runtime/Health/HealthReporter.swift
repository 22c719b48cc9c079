import Messages
import Platform

/// Decides when the state of the run is published: once a second, and at once when a cause begins or ends.
package struct HealthReporter {
    package static let interval: Int64 = 1_000_000_000

    private let board: HealthBoard
    private let begin: MonotonicTime
    private var nextReport: MonotonicTime
    private var revision: UInt32?

    package init(board: HealthBoard, begin: MonotonicTime) {
        self.board = board
        self.begin = begin
        nextReport = begin
    }

    /// Nanoseconds until the next report is due, if nothing changes before.
    package func remaining(now: MonotonicTime) -> Int64 { max(nextReport - now, 0) }

    /// A report when one is due, without its header.
    package mutating func report(now: MonotonicTime) -> Sightline_Health? {
        let present = board.revision
        guard now >= nextReport || present != revision else { return nil }
        revision = present
        nextReport = now + Self.interval
        let reading = board.read()
        return .with {
            $0.uptimeNs = now - begin
            $0.state = reading.causes.isEmpty ? .good : .degraded
            if reading.causes.contains(where: \.kind.preventsResults) { $0.state = .failed }
            $0.causes = reading.causes
            $0.ended = reading.ended
        }
    }
}
