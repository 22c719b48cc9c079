import Logging
import Messages

/// Writes a line to the log when something goes wrong and when it is over, so that the log tells the run's story without every
/// health report in it.
struct HealthLog {
    private let logger: Logger
    private var present: Set<String> = []

    init(logger: Logger) {
        self.logger = logger
    }

    /// Takes a report that is being published. Allocates: not for the frame path.
    mutating func note(_ report: Sightline_Health) {
        for cause in report.ended where present.remove(key(cause)) != nil {
            logger.notice(
                "over after \(cause.lastedNs / 1_000_000) ms: \(cause.kind.name) at \(cause.stage)",
                metadata: ["count": "\(cause.count)"])
        }
        let causes = Set(report.causes.map(key))
        for cause in report.causes where !present.contains(key(cause)) {
            logger.warning("\(cause.kind.name) at \(cause.stage): \(cause.detail)")
        }
        present = causes
    }

    private func key(_ cause: Sightline_HealthCause) -> String { "\(cause.kind.rawValue) \(cause.stage)" }
}
