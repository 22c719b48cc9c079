import Logging
import Messages
import Synchronization
import Testing

@testable import Runtime

@Suite("health in the log")
struct HealthLogTests {
    /// Keeps what is logged.
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    private struct Handler: LogHandler {
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]
        let lines: Lines

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.all.withLock { $0.append("\(event.level) \(event.message)") }
        }
    }

    @Test("a cause is logged when it begins and when it is over, not while it lasts")
    func episodes() {
        let lines = Lines()
        var log = HealthLog(logger: Logger(label: "health") { _ in Handler(lines: lines) })
        let cause = Sightline_HealthCause.with {
            $0.kind = .diskFull
            $0.stage = "recorder"
            $0.detail = "no room left"
        }
        log.note(Sightline_Health())
        for _ in 0..<3 { log.note(.with { $0.causes = [cause] }) }
        var ended = cause
        ended.lastedNs = 3_000_000_000
        log.note(.with { $0.ended = [ended] })
        log.note(Sightline_Health())
        log.note(.with { $0.causes = [cause] })
        #expect(
            lines.all.withLock { $0 } == [
                "warning disk_full at recorder: no room left", "notice over after 3000 ms: disk_full at recorder",
                "warning disk_full at recorder: no room left",
            ])
    }
}
