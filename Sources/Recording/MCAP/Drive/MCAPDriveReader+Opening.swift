import Imaging

extension MCAPDriveReader {
    struct FirstPicture {
        var width: Int
        var height: Int
        var codec: String
        /// Stamp, or log time where there is none.
        var time: Int64
        var hasStamp: Bool
        var logTime: UInt64
    }

    /// The channel with pictures: the wanted topic's, or the one with the most messages.
    static func pictures(
        in recording: MCAPReader, topic: String?
    ) throws(RecordingError) -> (MCAPChannel, PictureMessage.Kind) {
        let index = recording.index
        let candidates = index.channels.values.compactMap { channel in
            index.schema(of: channel).flatMap {
                PictureMessage.Kind(schema: $0, messageEncoding: channel.messageEncoding)
            }.map { (channel, $0) }
        }
        let counts = index.statistics?.channelMessageCounts ?? [:]
        let ordered = candidates.sorted { left, right in
            let (more, less) = (counts[left.0.id] ?? 0, counts[right.0.id] ?? 0)
            return more != less ? more > less : left.0.id < right.0.id
        }
        guard let topic else {
            if let first = ordered.first { return first }
            let found = Set(index.schemas.values.map(\.name)).sorted().prefix(8).joined(separator: ", ")
            throw .unknownKind(
                path: recording.path,
                detail: "the recording has no pictures" + (found.isEmpty ? "" : ", only \(found)"))
        }
        if let match = ordered.first(where: { $0.0.topic == topic }) { return match }
        throw .invalidParameter(
            name: "topic \(topic)",
            detail: "\(recording.path) has pictures on: " + ordered.map(\.0.topic).joined(separator: ", "))
    }

    /// Decodes the first picture that can be.
    static func firstPicture(
        _ recording: MCAPReader, _ channel: MCAPChannel, _ decoder: PictureDecoder
    ) throws(RecordingError) -> FirstPicture {
        let messages = recording.messages(.init(topics: [channel.topic]))
        var frame = DecodedFrame()
        var first: (time: Int64, hasStamp: Bool, logTime: UInt64)?
        var firstError: RecordingError?
        var attempts = 0
        while attempts < 300, let message = try messages.next() {
            guard message.channelID == channel.id else { continue }
            attempts += 1
            let stamp = PictureMessage(message.data, kind: decoder.kind)?.timestamp ?? 0
            first = first ?? (stamp > 0 ? stamp : Int64(clamping: message.logTime), stamp > 0, message.logTime)
            do throws(RecordingError) {
                try decoder.send(message, startTime: 0, usesStamps: false)
                guard try decoder.receive(into: &frame) != nil, let view = frame.unsafeView, let first else { continue }
                return FirstPicture(
                    width: view.width, height: view.height, codec: decoder.codecName, time: first.time,
                    hasStamp: first.hasStamp, logTime: first.logTime)
            } catch {
                if case .unsupported = error { throw error }
                firstError = firstError ?? error
            }
        }
        throw firstError
            ?? .damaged(path: recording.path, frame: 0, detail: "no picture of \(channel.topic) can be decoded")
    }

    static func describe(
        _ recording: MCAPReader, _ channel: MCAPChannel, _ first: FirstPicture, options: DriveOptions
    ) -> DriveInfo {
        let count = recording.index.statistics?.channelMessageCounts[channel.id].map { Int(clamping: $0) }
        let last =
            recording.index.chunks.filter { $0.mayContain([channel.id]) }.map(\.endTime).max()
            ?? recording.index.timeRange?.upperBound ?? first.logTime
        let span = Double(max(last, first.logTime) - first.logTime) * 1e-9
        let measured = (count ?? 0) > 1 && span > 0 ? Double((count ?? 0) - 1) / span : options.rate
        let rate = min(max(measured, 0.01), 1000)
        return DriveInfo(
            path: recording.path, width: first.width, height: first.height, rate: rate, duration: span + 1 / rate,
            frameCount: count, codec: first.codec, container: "mcap")
    }
}
