/// Reads the summary at a file's end.
enum SummaryParser {
    /// - Throws: where the file has no usable summary; the reason is worded for people.
    static func index(of file: UnsafeRawBufferPointer) throws(MCAPDamage) -> MCAPIndex {
        let (footer, footerOffset) = try MCAPFooter.find(in: file)
        guard footer.summaryStart != 0 else { throw MCAPDamage(offset: footerOffset, "the file has no summary") }
        guard footer.summaryStart >= MCAPFormat.magic.count, footer.summaryStart <= footerOffset else {
            throw MCAPDamage(offset: footerOffset, "a summary at \(footer.summaryStart)")
        }
        let covered = UnsafeRawBufferPointer(
            rebasing: file[footer.summaryStart..<footerOffset + MCAPFormat.footerBytes - 4])
        guard footer.checksum == 0 || footer.checksum == Checksum.crc32(covered) else {
            throw MCAPDamage(offset: footer.summaryStart, "the summary's checksum is wrong")
        }
        let summary = UnsafeRawBufferPointer(rebasing: file[footer.summaryStart..<footerOffset])
        var index = try parse(summary, origin: footer.summaryStart)
        for chunk in index.chunks where chunk.length > footer.summaryStart - chunk.offset || chunk.length < 0 {
            throw MCAPDamage(offset: footer.summaryStart, "a chunk index that points outside of the data")
        }
        let holdsMessages = index.statistics.map { $0.messageCount > 0 } ?? true
        if index.chunks.isEmpty, holdsMessages {
            throw MCAPDamage(offset: footer.summaryStart, "the summary has no chunk index")
        }
        index.sortChunks()
        return index
    }

    private static func parse(_ summary: UnsafeRawBufferPointer, origin: Int) throws(MCAPDamage) -> MCAPIndex {
        var index = MCAPIndex()
        var records = RecordCursor(summary, origin: origin)
        while let record = try records.next() {
            var cursor = ByteCursor(
                record.content, origin: origin + record.position + MCAPFormat.recordHeadBytes)
            switch MCAPOpcode(rawValue: record.opcode) {
            case .schema:
                let schema = try MCAPSchema(&cursor)
                index.schemas[schema.id] = schema
            case .channel:
                let channel = try MCAPChannel(&cursor)
                index.channels[channel.id] = channel
            case .chunkIndex: index.chunks.append(try MCAPChunkIndex(&cursor))
            case .attachmentIndex: index.attachments.append(try MCAPAttachmentIndex(&cursor))
            case .metadataIndex: index.metadata.append(try MCAPMetadataIndex(&cursor))
            case .statistics: index.statistics = try MCAPStatistics(&cursor)
            default: break
            }
        }
        return index
    }
}
