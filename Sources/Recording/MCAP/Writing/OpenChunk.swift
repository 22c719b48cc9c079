/// The chunk that messages are being added to, with what will be said of it.
struct OpenChunk: ~Copyable {
    var records: RecordBuffer
    private(set) var statistics = MCAPStatistics()
    /// Channels in the order of their first message here, each with its messages' times and places.
    private var channels: [UInt16] = []
    private var entries: [UInt16: [(logTime: UInt64, offset: UInt64)]] = [:]

    init(capacity: Int) {
        records = RecordBuffer(capacity: capacity)
    }

    var isEmpty: Bool { records.count == 0 }
    var messageCount: UInt64 { statistics.messageCount }

    /// Appends a message record without its data, whose place is returned.
    mutating func append(
        channel: UInt16, sequence: UInt32, logTime: UInt64, publishTime: UInt64, byteCount: Int
    ) -> UnsafeMutableRawBufferPointer {
        note(channel: channel, logTime: logTime, offset: records.count)
        records.append(MCAPOpcode.message.rawValue)
        records.append(UInt64(MCAPFormat.messageHeadBytes + byteCount))
        records.append(channel)
        records.append(sequence)
        records.append(logTime)
        records.append(publishTime)
        return records.extend(byteCount)
    }

    /// Counts a message of a chunk that was made elsewhere.
    mutating func note(channel: UInt16, logTime: UInt64, offset: Int) {
        statistics.add(channel: channel, logTime: logTime)
        if entries[channel]?.isEmpty ?? true { channels.append(channel) }
        entries[channel, default: []].append((logTime, UInt64(offset)))
    }

    /// Appends the message indexes and tells where each will lie.
    ///
    /// - Parameter start: the place in the file where the indexes begin.
    func encodeIndexes(into buffer: inout RecordBuffer, start: Int) -> [MCAPChunkIndex.MessageIndexPlace] {
        var places: [MCAPChunkIndex.MessageIndexPlace] = []
        let first = buffer.count
        for channel in channels {
            places.append(.init(channelID: channel, offset: start + buffer.count - first))
            buffer.record(.messageIndex) { buffer in
                let messages = entries[channel] ?? []
                buffer.append(channel)
                buffer.append(UInt32(messages.count * MessageIndexView.entryBytes))
                for message in messages {
                    buffer.append(message.logTime)
                    buffer.append(message.offset)
                }
            }
        }
        return places
    }

    mutating func removeAll() {
        records.removeAll()
        statistics = MCAPStatistics()
        for channel in channels { entries[channel]?.removeAll(keepingCapacity: true) }
        channels.removeAll(keepingCapacity: true)
    }
}
