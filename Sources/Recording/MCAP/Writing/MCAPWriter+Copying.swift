extension MCAPWriter {
    /// Writes a chunk of another file as it is, still packed.
    ///
    /// - Parameters:
    ///   - records: the chunk's unpacked records, which are sound: their walk does not fail.
    ///   - data: the same as they lie in the other file.
    ///   - checksum: that of `records`.
    /// - Precondition: the channels of all messages are known to the writer (``define(_:)-(MCAPChannel)``).
    func copyChunk(
        records: UnsafeRawBufferPointer, data: UnsafeRawBufferPointer, compression: MCAPCompression, checksum: UInt32
    ) throws(RecordingError) {
        try flush()
        try defineAhead(of: records)
        defer { chunk.removeAll() }
        var cursor = RecordCursor(records, origin: 0)
        while let record = try? cursor.next() {
            switch MCAPOpcode(rawValue: record.opcode) {
            case .message:
                guard let message = try? MCAPMessage(content: record.content, offset: 0) else { continue }
                chunk.note(channel: message.channelID, logTime: message.logTime, offset: record.position)
            case .schema, .channel:
                guard record.content.count >= 2 else { continue }
                let id = UInt16(littleEndian: record.content.loadUnaligned(as: UInt16.self))
                if record.opcode == MCAPOpcode.schema.rawValue {
                    definitions.note(schema: id)
                } else {
                    definitions.note(channel: id)
                }
                summaryEstimate += record.content.count + MCAPFormat.recordHeadBytes
            default: break
            }
        }
        do throws(RecordingError) {
            let head = ChunkHead(
                compression: compression, uncompressedSize: records.count, checksum: checksum)
            try writeChunk(head, data: data)
            definitions.settle()
        } catch {
            noteLoss()
            definitions.forgetPending()
            throw error
        }
    }

    /// Writes, outside of chunks, what the chunk's messages need and neither it nor the file has.
    private func defineAhead(of records: UnsafeRawBufferPointer) throws(RecordingError) {
        var here: Set<UInt16> = []
        var missing: [UInt16] = []
        var cursor = RecordCursor(records, origin: 0)
        while let record = try? cursor.next() {
            guard record.content.count >= 2 else { continue }
            let id = UInt16(littleEndian: record.content.loadUnaligned(as: UInt16.self))
            switch MCAPOpcode(rawValue: record.opcode) {
            case .channel: here.insert(id)
            case .message where !here.contains(id) && !definitions.isWritten(channel: id) && !missing.contains(id):
                missing.append(id)
            default: break
            }
        }
        guard !missing.isEmpty else { return }
        scratch.removeAll()
        for channel in missing { try encodeDefinitions(of: channel, into: &scratch) }
        summaryEstimate += scratch.count
        try append(scratch.bytes)
        definitions.settle()
    }
}
