/// How a subscriber finds publishers.
public struct BusSubscriberOptions: Sendable {
    /// The runtime directory; nil for $SIGHTLINE_RUNTIME_DIR, else $XDG_RUNTIME_DIR/sightline, else /tmp/sightline-UID.
    public var directory: String?
    /// Only this publisher; nil for all there are and will be.
    public var publisher: String?
    /// What the subscriber calls itself.
    public var name: String

    public init(directory: String? = nil, publisher: String? = nil, name: String? = nil) {
        self.directory = directory
        self.publisher = publisher
        self.name = name ?? CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "subscriber"
    }
}
