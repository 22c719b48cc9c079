import Logging
import Messages

/// Sends what a program logs with swift-log to the topic `log`. Logging never waits for the bus, a subscriber or a disk.
///
///     LoggingSystem.bootstrap { label in
///         MultiplexLogHandler([StreamLogHandler.standardError(label: label), BusLogHandler(label: label, publisher.log)])
///     }
public struct BusLogHandler: LogHandler {
    public var logLevel: Logger.Level = .info
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let publisher: LogPublisher

    /// - Parameter label: which part of the program speaks.
    public init(label: String, _ publisher: LogPublisher) {
        self.label = label
        self.publisher = publisher
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var values = metadata
        if let provided = metadataProvider?.get() { values.merge(provided) { _, new in new } }
        if let own = event.metadata { values.merge(own) { _, new in new } }
        var text = "\(event.message)"
        if let error = event.error { text += ": \(error)" }
        for (key, value) in values.sorted(by: { $0.key < $1.key }) { text += " \(key)=\(value)" }
        publisher.write(event.level.message, source: label, text: text)
    }
}

extension Logger.Level {
    /// The level as the schema names it.
    var message: Sightline_Log.Level {
        switch self {
        case .trace, .debug: .debug
        case .info, .notice: .info
        case .warning: .warning
        case .error, .critical: .error
        }
    }
}
