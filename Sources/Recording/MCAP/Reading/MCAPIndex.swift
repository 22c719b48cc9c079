/// What a file holds and where, from its summary or put together by a walk over its records.
public struct MCAPIndex: Sendable {
    public var schemas: [UInt16: MCAPSchema] = [:]
    public var channels: [UInt16: MCAPChannel] = [:]
    /// By start time.
    public var chunks: [MCAPChunkIndex] = []
    /// Stretches of the file with messages that lie outside of chunks. They are known only after a walk over the file.
    public var looseMessages: [MCAPLooseMessages] = []
    public var attachments: [MCAPAttachmentIndex] = []
    public var metadata: [MCAPMetadataIndex] = []
    /// Nil when the summary has none.
    public var statistics: MCAPStatistics?

    /// The channel's schema; nil for channels without one, and for those whose schema is missing.
    public func schema(of channel: MCAPChannel) -> MCAPSchema? { schemas[channel.schemaID] }

    /// Log times of all messages, from the earliest to the latest; nil without any.
    public var timeRange: ClosedRange<UInt64>? {
        let starts = chunks.map { ($0.startTime, $0.endTime) } + looseMessages.map { ($0.startTime, $0.endTime) }
        guard let first = starts.map(\.0).min(), let last = starts.map(\.1).max() else { return nil }
        return first...max(first, last)
    }

    mutating func sortChunks() {
        chunks.sort { ($0.startTime, $0.offset) < ($1.startTime, $1.offset) }
    }
}

/// Messages outside of chunks that follow each other in the file.
public struct MCAPLooseMessages: Hashable, Sendable {
    public var startTime: UInt64
    public var endTime: UInt64
    /// Bytes of the file.
    public var range: Range<Int>
}
