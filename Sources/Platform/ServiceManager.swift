import CLinux
import Glibc

/// Tells the service manager how this process is doing (sd_notify(3)); nothing where none has started it.
public struct ServiceManager: Sendable {
    private let socket: String?

    /// How often the manager wants a sign of life, nanoseconds; nil when it does not watch.
    public let watchdogInterval: Int64?

    /// - Parameter environment: `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` as the manager sets them.
    public init(environment: (String) -> String? = { getenv($0).map { String(cString: $0) } }) {
        socket = environment("NOTIFY_SOCKET").flatMap { $0.isEmpty ? nil : $0 }
        let isForUs = environment("WATCHDOG_PID").map { $0 == String(getpid()) } ?? true
        let interval = environment("WATCHDOG_USEC").flatMap { Int64($0) }
        watchdogInterval = isForUs ? interval.flatMap { $0 > 0 ? $0 * 1000 : nil } : nil
    }

    /// Whether anybody listens.
    public var isPresent: Bool { socket != nil }

    /// The service does its work now.
    public func ready(status: String) { send("READY=1\nSTATUS=\(Self.line(status))") }

    /// One line for `systemctl status`.
    public func status(_ text: String) { send("STATUS=\(Self.line(text))") }

    /// A sign of life.
    public func alive() { send("WATCHDOG=1") }

    /// The service is about to end.
    public func stopping() { send("STOPPING=1") }

    private static func line(_ text: String) -> String { text.replacing("\n", with: " ") }

    /// A manager that cannot be reached is no reason to stop.
    private func send(_ text: String) {
        if let socket { _ = sightline_send_datagram(socket, text) }
    }
}
