/// Whether what points into the file points to what is there.
extension MCAPDoctor {
    mutating func examine(_ view: MessageIndexView, at place: Int, length: Int) {
        guard let last = lastChunk, let chunk = chunks[last] else {
            return error(place, "a message index that does not follow a chunk")
        }
        chunks[last]?.indexLength += length
        chunks[last]?.indexedMessages += view.count
        if channels[view.channelID] == nil {
            error(place, "a message index of channel \(view.channelID), which was not defined before")
        }
        guard chunk.isReadable else { return }
        for entry in 0..<view.count {
            let (logTime, offset) = view[entry]
            guard let message = lastMessages[offset], message.channel == view.channelID, message.logTime == logTime
            else {
                return error(
                    place, "the message index of channel \(view.channelID) is wrong from entry \(entry) on")
            }
        }
    }

    mutating func examine(_ index: MCAPChunkIndex, at place: Int) {
        if chunkIndexes.updateValue(index, forKey: index.offset) != nil {
            error(place, "a second index of the chunk at \(index.offset)")
        }
        guard let chunk = chunks[index.offset] else {
            return error(place, "a chunk index points to \(index.offset), where no chunk lies")
        }
        let header = chunk.header
        func compare<Value: Equatable>(_ name: String, _ said: Value, _ actual: Value) {
            if said != actual {
                error(place, "the index of the chunk at \(index.offset) says \(name) \(said), but it is \(actual)")
            }
        }
        compare("length", index.length, chunk.length)
        compare("start time", index.startTime, header.startTime)
        compare("end time", index.endTime, header.endTime)
        compare("compression", "'\(index.compression)'", "'\(header.compression)'")
        compare("compressed size", index.compressedSize, header.data.count)
        compare("uncompressed size", index.uncompressedSize, header.uncompressedSize)
        compare("message index length", index.messageIndexLength, chunk.indexLength)
        for entry in index.messageIndexOffsets {
            var records = RecordCursor(file, origin: entry.offset, position: min(max(entry.offset, 0), file.count))
            guard entry.offset < file.count, let record = try? records.next(),
                record.opcode == MCAPOpcode.messageIndex.rawValue,
                let view = try? MessageIndexView(content: record.content, offset: entry.offset),
                view.channelID == entry.channelID
            else {
                error(
                    place,
                    "the index of the chunk at \(index.offset) points to \(entry.offset), "
                        + "where no message index of channel \(entry.channelID) lies")
                continue
            }
        }
    }

    mutating func examine(_ index: MCAPAttachmentIndex, at place: Int) {
        indexedAttachments.insert(index.offset)
        if attachments[index.offset] != index {
            error(place, "the index of attachment \(index.name) at \(index.offset) is not what lies there")
        }
    }

    mutating func examine(_ index: MCAPMetadataIndex, at place: Int) {
        indexedMetadata.insert(index.offset)
        if metadata[index.offset] != index {
            error(place, "the index of metadata \(index.name) at \(index.offset) is not what lies there")
        }
    }

    /// What the summary must repeat, and what it must not leave out.
    mutating func examineIndexes() {
        for (place, chunk) in chunks.sorted(by: { $0.key < $1.key }) {
            if !chunkIndexes.isEmpty, chunkIndexes[place] == nil {
                error(place, "a chunk without an index, while others have one")
            }
            if chunk.indexLength > 0, chunk.isReadable, chunk.indexedMessages != chunk.messages {
                error(place, "message indexes of \(chunk.indexedMessages) of the chunk's \(chunk.messages) messages")
            }
            guard chunkIndexes[place] != nil else { continue }
            for channel in chunk.channels.sorted() {
                if !summaryChannels.contains(channel) {
                    error(place, "channel \(channel) has messages in an indexed chunk, but is not in the summary")
                }
                if let schema = channels[channel]?.schemaID, schema != 0, !summarySchemas.contains(schema) {
                    error(place, "schema \(schema) has messages in an indexed chunk, but is not in the summary")
                }
            }
        }
        for place in attachments.keys.sorted() where !indexedAttachments.isEmpty && !indexedAttachments.contains(place)
        {
            error(place, "an attachment without an index, while others have one")
        }
        for place in metadata.keys.sorted() where !indexedMetadata.isEmpty && !indexedMetadata.contains(place) {
            error(place, "metadata without an index, while others have one")
        }
        for group in summaryOffsets { examine(group) }
    }

    private mutating func examine(_ group: SummaryGroup) {
        let isInFile = group.start <= file.count && group.length <= file.count - group.start
        guard isInFile, group.length > 0 else {
            if !isInFile { error(group.offset, "a summary offset points outside of the file") }
            return
        }
        let end = group.start + group.length
        var records = RecordCursor(
            UnsafeRawBufferPointer(rebasing: file[0..<end]), origin: group.start, position: group.start)
        do throws(MCAPDamage) {
            while let record = try records.next() {
                if record.opcode == group.opcode { continue }
                return error(
                    group.offset, "a summary offset of kind \(group.opcode) covers a record of kind \(record.opcode)")
            }
        } catch {
            self.error(group.offset, "a summary offset of kind \(group.opcode) does not cover whole records")
        }
    }

    mutating func examineStatistics() {
        counted.attachmentCount = UInt32(clamping: attachments.count)
        counted.metadataCount = UInt32(clamping: metadata.count)
        counted.schemaCount = UInt16(clamping: schemas.count)
        counted.channelCount = UInt32(clamping: channels.count)
        guard let said = statistics else { return }
        let counted = counted
        let end = file.count
        func compare<Value: Equatable>(
            _ name: String, _ said: Value, _ actual: Value, as severity: MCAPFinding.Severity = .error
        ) {
            if said != actual { add(severity, end, "the statistics say \(said) \(name), but there are \(actual)") }
        }
        compare("messages", said.messageCount, counted.messageCount)
        compare("chunks", said.chunkCount, counted.chunkCount)
        compare("attachments", said.attachmentCount, counted.attachmentCount)
        compare("metadata records", said.metadataCount, counted.metadataCount)
        compare("schemas", said.schemaCount, counted.schemaCount, as: .warning)
        compare("channels", said.channelCount, counted.channelCount, as: .warning)
        if counted.messageCount > 0 {
            compare("as start time", said.startTime, counted.startTime)
            compare("as end time", said.endTime, counted.endTime)
        }
        for channel in Set(said.channelMessageCounts.keys).union(counted.channelMessageCounts.keys).sorted()
        where !said.channelMessageCounts.isEmpty {
            compare(
                "messages of channel \(channel)", said.channelMessageCounts[channel] ?? 0,
                counted.channelMessageCounts[channel] ?? 0)
        }
    }
}
