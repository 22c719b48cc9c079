/// Gives a file's messages one after the other, by log time; messages of equal time in file order.
///
/// Chunks are unpacked when their time comes. Chunks that overlap in time are at hand together, up to a limit. Chunks that
/// are damaged are passed over and noted.
public final class MCAPMessageReader {
    /// What could not be read so far.
    public private(set) var damage: [MCAPDamage] = []
    /// Chunks that were read so far.
    public private(set) var chunksRead = 0

    private let reader: MCAPReader
    private let selection: MCAPSelection
    private let channels: Set<UInt16>?
    private let unpacker: ChunkUnpacker
    private var sources: [Source] = []
    private var nextSource = 0
    private var active: [ActiveStretch] = []
    private var spare: [ActiveStretch] = []
    private var activeBytes = 0

    /// A stretch of records that is not opened yet.
    private enum Source {
        case chunk(MCAPChunkIndex)
        case loose(MCAPLooseMessages)

        var startTime: UInt64 {
            switch self {
            case .chunk(let chunk): chunk.startTime
            case .loose(let run): run.startTime
            }
        }

        var endTime: UInt64 {
            switch self {
            case .chunk(let chunk): chunk.endTime
            case .loose(let run): run.endTime
            }
        }
    }

    init(_ reader: MCAPReader, _ selection: MCAPSelection) {
        self.reader = reader
        self.selection = selection
        unpacker = ChunkUnpacker(limit: reader.limits.chunkBytes)
        let index = reader.index
        let wanted = Set(index.channels.values.filter { selection.includes(topic: $0.topic) }.map(\.id))
        channels = selection.topics == nil ? nil : wanted
        sources =
            index.chunks.filter { channels.map($0.mayContain) ?? true }.map { .chunk($0) }
            + index.looseMessages.map { .loose($0) }
        sources.removeAll { $0.endTime < selection.times.lowerBound || $0.startTime >= selection.times.upperBound }
        if !index.looseMessages.isEmpty { sources.sort { $0.startTime < $1.startTime } }
    }

    /// The next message; nil at the end. Its data are valid until the next call.
    ///
    /// - Throws: ``RecordingError/damagedRecording(path:offset:detail:)`` when more overlaps in time than the limits allow.
    public func next() throws(RecordingError) -> MCAPMessage? {
        retireFinished()
        while true {
            let earliest = active.indices.min { active[$0].nextTime < active[$1].nextTime }
            if nextSource < sources.count,
                earliest.map({ sources[nextSource].startTime <= active[$0].nextTime }) ?? true
            {
                try open(sources[nextSource])
                nextSource += 1
                continue
            }
            guard let earliest else { return nil }
            return active[earliest].take()
        }
    }

    private func retireFinished() {
        for place in active.indices.reversed() where active[place].isFinished {
            let finished = active.remove(at: place)
            activeBytes -= finished.unpackedBytes
            spare.append(finished)
        }
    }

    private func open(_ source: Source) throws(RecordingError) {
        if case .chunk(let chunk) = source, chunk.compression != MCAPCompression.none.rawValue,
            chunk.uncompressedSize <= reader.limits.chunkBytes,
            chunk.uncompressedSize > reader.limits.overlapBytes - activeBytes
        {
            throw .damagedRecording(
                path: reader.path, offset: chunk.offset,
                detail: "chunks overlap in time by more than \(reader.limits.overlapBytes) bytes")
        }
        let stretch = spare.popLast() ?? ActiveStretch()
        do throws(MCAPDamage) {
            try fill(stretch, from: source)
        } catch {
            if damage.count < 1000 { damage.append(error) }
            spare.append(stretch)
            return
        }
        if stretch.isFinished {
            spare.append(stretch)
        } else {
            activeBytes += stretch.unpackedBytes
            active.append(stretch)
        }
    }

    private func fill(_ stretch: ActiveStretch, from source: Source) throws(MCAPDamage) {
        switch source {
        case .loose(let run):
            let records = UnsafeRawBufferPointer(rebasing: reader.bytes[run.range])
            stretch.unpackedBytes = 0
            try stretch.fill(records, origin: run.range.lowerBound, selection.times, channels)
        case .chunk(let chunk):
            let header = try MCAPChunkHeader(
                content: try reader.content(of: .chunk, at: chunk.offset), offset: chunk.offset)
            guard header.compression == chunk.compression, header.uncompressedSize == chunk.uncompressedSize else {
                throw MCAPDamage(offset: chunk.offset, "a chunk that differs from its index")
            }
            chunksRead += 1
            let records = try unpacker.unpack(header, offset: chunk.offset, into: stretch.memory)
            stretch.unpackedBytes = header.compression == MCAPCompression.none.rawValue ? 0 : records.count
            try stretch.fill(records, origin: chunk.offset, selection.times, channels)
        }
    }
}
