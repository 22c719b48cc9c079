/// Records of a chunk, or of loose messages, that are being read: the wanted messages' places in the order of their times.
final class ActiveStretch {
    let memory = ChunkMemory()
    /// Bytes in ``memory`` that are in use.
    var unpackedBytes = 0
    private var records = UnsafeRawBufferPointer(start: nil, count: 0)
    private var entries: [(time: UInt64, message: MCAPMessage)] = []
    private var position = 0

    var isFinished: Bool { position == entries.count }

    /// Time of the next message. Only while not finished.
    var nextTime: UInt64 { entries[position].time }

    func take() -> MCAPMessage {
        defer { position += 1 }
        return entries[position].message
    }

    /// Takes the wanted messages out of records, which must stay where they are until the stretch is filled anew.
    func fill(
        _ records: UnsafeRawBufferPointer, origin: Int, _ times: Range<UInt64>, _ channels: Set<UInt16>?
    ) throws(MCAPDamage) {
        entries.removeAll(keepingCapacity: true)
        position = 0
        var cursor = RecordCursor(records, origin: origin)
        var isOrdered = true
        var last: UInt64 = 0
        while let record = try cursor.next() {
            guard record.opcode == MCAPOpcode.message.rawValue else { continue }
            let message = try MCAPMessage(content: record.content, offset: origin)
            guard times.contains(message.logTime), channels?.contains(message.channelID) ?? true else { continue }
            if message.logTime < last { isOrdered = false }
            last = message.logTime
            entries.append((message.logTime, message))
        }
        // Sorting is stable: equal times stay in file order.
        if !isOrdered { entries.sort { $0.time < $1.time } }
    }
}
