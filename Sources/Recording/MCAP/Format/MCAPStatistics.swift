/// What a file counts at its end.
public struct MCAPStatistics: Hashable, Sendable {
    public var messageCount: UInt64 = 0
    public var schemaCount: UInt16 = 0
    public var channelCount: UInt32 = 0
    public var attachmentCount: UInt32 = 0
    public var metadataCount: UInt32 = 0
    public var chunkCount: UInt32 = 0
    /// Earliest and latest log time; 0 without messages.
    public var startTime: UInt64 = 0
    public var endTime: UInt64 = 0
    /// Messages of each channel.
    public var channelMessageCounts: [UInt16: UInt64] = [:]

    public init() {}

    init(_ cursor: inout ByteCursor) throws(MCAPDamage) {
        messageCount = try cursor.integer()
        schemaCount = try cursor.integer()
        channelCount = try cursor.integer()
        attachmentCount = try cursor.integer()
        metadataCount = try cursor.integer()
        chunkCount = try cursor.integer()
        startTime = try cursor.integer()
        endTime = try cursor.integer()
        let start = cursor.offset
        let counts = try cursor.prefixedBytes()
        guard counts.count % 10 == 0 else { throw MCAPDamage(offset: start, "a list of \(counts.count) bytes") }
        var list = ByteCursor(counts, origin: start + 4)
        while list.remaining > 0 {
            let channel: UInt16 = try list.integer()
            channelMessageCounts[channel] = try list.integer()
        }
    }

    func encode(into buffer: inout RecordBuffer) {
        buffer.record(.statistics) { buffer in
            buffer.append(messageCount)
            buffer.append(schemaCount)
            buffer.append(channelCount)
            buffer.append(attachmentCount)
            buffer.append(metadataCount)
            buffer.append(chunkCount)
            buffer.append(startTime)
            buffer.append(endTime)
            buffer.append(UInt32(channelMessageCounts.count * 10))
            for (channel, count) in channelMessageCounts.sorted(by: { $0.key < $1.key }) {
                buffer.append(channel)
                buffer.append(count)
            }
        }
    }

    /// Counts a message.
    mutating func add(channel: UInt16, logTime: UInt64) {
        startTime = messageCount == 0 ? logTime : min(startTime, logTime)
        endTime = max(endTime, logTime)
        messageCount += 1
        channelMessageCounts[channel, default: 0] += 1
    }

    /// Adds the messages that `other` counts.
    mutating func merge(_ other: MCAPStatistics) {
        guard other.messageCount > 0 else { return }
        startTime = messageCount == 0 ? other.startTime : min(startTime, other.startTime)
        endTime = max(endTime, other.endTime)
        messageCount += other.messageCount
        channelMessageCounts.merge(other.channelMessageCounts) { $0 + $1 }
    }
}
