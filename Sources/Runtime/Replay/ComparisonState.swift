import Messages
import Recording

/// The books of a ``ReplayComparison``.
struct ComparisonState {
    /// A recorded message that waits for its counterpart.
    private struct Recorded {
        var time: Int64
        var kind: MessageKind
        var data: [UInt8]
    }

    private let recording: MCAPReader
    private let messages: MCAPMessageReader
    private let startTime: Int64?
    /// By topic, in order of time.
    private var waiting: [String: [Recorded]] = [:]
    private var topics: [String: ReplayComparison.Topic] = [:]
    private var differences: [String] = []
    /// Time up to which the recording has been read along, and the last time that the replay has come to.
    private var readTo = Int64.min
    private var latest = Int64.min
    private var hasEnded = false

    private static let differenceLimit = 20
    /// Times of the same frame may differ by so many nanoseconds: containers round them.
    private static let tolerance: Int64 = 2_000_000
    /// Messages of different topics may be so far apart in the recording.
    private static let lookAhead: Int64 = 2_000_000_000

    init(_ recording: MCAPReader, startTime: Int64?) throws(RecordingError) {
        self.recording = recording
        self.startTime = startTime
        let index = recording.index
        let results = index.channels.values.filter { channel in
            PublishedDigest.isResult(channel.topic)
                && index.schema(of: channel).flatMap { MessageKind(typeName: $0.name) } != nil
        }
        guard !results.isEmpty else {
            throw .unsupported(path: recording.path, detail: "comparing with a recording without results of Sightline")
        }
        messages = recording.messages(.init(topics: results.map(\.topic)))
    }

    // MARK: - Reading along

    /// What is added to a recorded message's capture time to have the replay's.
    private func shift(of channel: MCAPChannel) -> Int64 {
        guard let startTime, let offset = channel.metadata["time_offset_ns"].flatMap({ Int64($0) }) else { return 0 }
        return offset - startTime
    }

    private mutating func read(to time: Int64) {
        while !hasEnded, readTo < time {
            guard let message = (try? messages.next()) ?? nil else {
                hasEnded = true
                return
            }
            guard let channel = recording.index.channels[message.channelID],
                let kind = recording.index.schema(of: channel).flatMap({ MessageKind(typeName: $0.name) }),
                let header = MessageHeader(peekingInto: message.data)
            else { continue }
            let captured = header.captureTime + shift(of: channel)
            readTo = max(readTo, captured)
            waiting[channel.topic, default: []].append(
                Recorded(time: captured, kind: kind, data: [UInt8](message.data)))
        }
    }

    // MARK: - Comparing

    mutating func add(topic: String, _ bytes: [UInt8]) {
        guard let header = bytes.withUnsafeBytes({ MessageHeader(peekingInto: $0) }) else { return }
        latest = max(latest, header.captureTime)
        read(to: header.captureTime + Self.lookAhead)
        passOver(topic, before: header.captureTime - Self.tolerance)
        guard let recorded = waiting[topic]?.first, recorded.time <= header.captureTime + Self.tolerance else {
            return count(topic) { $0.onlyNow += 1 }
        }
        waiting[topic]?.removeFirst()
        guard let difference = difference(recorded, bytes) else { return count(topic) { $0.equal += 1 } }
        count(topic) { $0.different += 1 }
        guard differences.count < Self.differenceLimit else { return }
        let seconds = fixedDecimal(Double(header.captureTime) * 1e-9, digits: 3)
        differences.append("\(topic) at \(seconds) s: \(difference)")
    }

    /// Recorded messages before a time have no counterpart.
    private mutating func passOver(_ topic: String, before time: Int64) {
        while let first = waiting[topic]?.first, first.time < time {
            waiting[topic]?.removeFirst()
            count(topic) { $0.onlyRecorded += 1 }
        }
    }

    private mutating func count(_ topic: String, _ body: (inout ReplayComparison.Topic) -> Void) {
        body(&topics[topic, default: ReplayComparison.Topic(name: topic)])
    }

    /// Where the messages differ in what they say about the frame; nil when they do not.
    private func difference(_ recorded: Recorded, _ bytes: [UInt8]) -> String? {
        if recorded.data == bytes { return nil }
        guard let old = try? DecodedMessage(recorded.kind, serializedBytes: recorded.data).withoutTimes,
            let new = try? DecodedMessage(recorded.kind, serializedBytes: bytes).withoutTimes
        else { return "a message that cannot be decoded" }
        if old == new { return nil }
        return old.json.firstDifference(from: new.json) ?? "recorded and present bytes differ"
    }

    mutating func finish(wholeDrive: Bool) -> ReplayComparison.Report {
        read(to: wholeDrive ? .max : latest)
        for topic in waiting.keys { passOver(topic, before: wholeDrive ? .max : latest) }
        return ReplayComparison.Report(
            topics: topics.values.sorted { $0.name < $1.name }, differences: differences)
    }
}

extension DecodedMessage {
    /// The message without what depends on when and by whom it was published.
    var withoutTimes: DecodedMessage {
        switch self {
        case .detections(var message):
            message.clearHeader()
            message.inferenceTimeNs = 0
            return .detections(message)
        case .tracks(var message):
            message.clearHeader()
            for index in message.tracks.indices { message.tracks[index].clearForecastBox() }
            return .tracks(message)
        case .road(var message):
            message.clearHeader()
            message.inferenceTimeNs = 0
            return .road(message)
        case .timing, .pairs, .health, .log, .frame: return self
        }
    }
}
