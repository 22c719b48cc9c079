/// How a subscriber finds publishers.
public struct BusSubscriberOptions: Sendable {
    /// The runtime directory; nil for $SIGHTLINE_RUNTIME_DIR, else $XDG_RUNTIME_DIR/sightline, else /tmp/sightline-UID.
    public var directory: String?
    /// Only these publishers; empty for all there are and will be.
    public var publishers: [String]
    /// What the subscriber calls itself.
    public var name: String

    public init(directory: String? = nil, publisher: String? = nil, name: String? = nil) {
        self.init(directory: directory, publishers: publisher.map { [$0] } ?? [], name: name)
    }

    public init(directory: String? = nil, publishers: [String], name: String? = nil) {
        self.directory = directory
        self.publishers = publishers
        self.name = name ?? CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "subscriber"
    }
}
