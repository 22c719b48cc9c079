extension MCAPWriter {
    /// Completes the file and gives it its name.
    ///
    /// - Throws: when the last chunk could not be written (the file is complete without it), or the file could not be closed:
    ///   then it stays as `PATH.active`, and all chunks in it can be read.
    public func close() throws(RecordingError) {
        var failure: RecordingError?
        do throws(RecordingError) { try flush() } catch { failure = error }
        try appendEnd()
        try file.publish()
        if let failure { throw failure }
    }

    private func appendEnd() throws(RecordingError) {
        var end = RecordBuffer(capacity: summaryEstimate)
        end.record(.dataEnd) { $0.append(checksum) }
        let summaryPosition = end.count
        let summaryStart = file.byteCount + summaryPosition
        let groups = appendSummary(to: &end)
        let offsetStart = file.byteCount + end.count
        for group in groups {
            end.record(.summaryOffset) { buffer in
                buffer.append(group.opcode.rawValue)
                buffer.append(UInt64(file.byteCount + group.range.lowerBound))
                buffer.append(UInt64(group.range.count))
            }
        }
        let summary = UnsafeRawBufferPointer(rebasing: end.bytes[summaryPosition...])
        MCAPFooter.encode(
            into: &end, summaryStart: summaryStart, summaryOffsetStart: offsetStart,
            summaryChecksum: Checksum.crc32(summary))
        end.append(MCAPFormat.magic)
        try file.append(end.bytes, reserve: 0)
    }

    /// Appends the summary's records, each kind in one group, and tells where the groups lie.
    private func appendSummary(to end: inout RecordBuffer) -> [(opcode: MCAPOpcode, range: Range<Int>)] {
        var groups: [(opcode: MCAPOpcode, range: Range<Int>)] = []
        func group(_ opcode: MCAPOpcode, _ body: (inout RecordBuffer) -> Void) {
            let start = end.count
            body(&end)
            if end.count > start { groups.append((opcode, start..<end.count)) }
        }
        let schemas = definitions.writtenSchemas.sorted().compactMap { definitions.schemas[$0] }
        let channels = definitions.writtenChannels.sorted().compactMap { definitions.channels[$0] }
        var statistics = statistics
        statistics.schemaCount = UInt16(clamping: schemas.count)
        statistics.channelCount = UInt32(clamping: channels.count)
        statistics.chunkCount = UInt32(clamping: index.chunks.count)
        statistics.attachmentCount = UInt32(clamping: index.attachments.count)
        statistics.metadataCount = UInt32(clamping: index.metadata.count)
        group(.schema) { buffer in schemas.forEach { $0.encode(into: &buffer) } }
        group(.channel) { buffer in channels.forEach { $0.encode(into: &buffer) } }
        group(.statistics) { statistics.encode(into: &$0) }
        group(.chunkIndex) { buffer in index.chunks.forEach { $0.encode(into: &buffer) } }
        group(.attachmentIndex) { buffer in index.attachments.forEach { $0.encode(into: &buffer) } }
        group(.metadataIndex) { buffer in index.metadata.forEach { $0.encode(into: &buffer) } }
        return groups
    }
}
