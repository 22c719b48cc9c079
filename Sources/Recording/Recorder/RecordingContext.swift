/// What every file of a recording begins with, so that each can be understood alone.
public struct RecordingContext: Hashable, Sendable {
    /// Calibration and configuration, as files.
    public var attachments: [MCAPAttachment] = []
    /// Digests of models and the like.
    public var metadata: [MCAPMetadata] = []
    /// Messages that hold for all of the recording: how cameras project and where they sit.
    public var latched: [LatchedMessage] = []

    public init() {}
}

/// A message that is repeated at the start of every file.
public struct LatchedMessage: Hashable, Sendable {
    public var topic: String
    public var schema: MCAPSchema
    public var data: [UInt8]

    /// - Parameter schema: its id does not matter.
    public init(topic: String, schema: MCAPSchema, data: [UInt8]) {
        self.topic = topic
        self.schema = schema
        self.data = data
    }
}
