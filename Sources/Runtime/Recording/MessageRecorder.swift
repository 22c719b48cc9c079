import Imaging
import Messages
import Platform
import Recording
import SightlineBus

/// Puts bus messages into a recording: as they are, and beside them, for Foxglove, what they show.
///
/// | on the bus | as it is | for Foxglove |
/// |---|---|---|
/// | `frame` | | `camera/image` (CompressedImage) |
/// | `detections`, `tracks`, `road` | yes | `camera/annotations/...` (ImageAnnotations) |
/// | `tracks` with positions | yes | `camera/scene` (SceneUpdate) |
/// | `log` | yes | `camera/log` (Log) |
/// | anything else | yes | |
///
/// With a camera's name in front of the topic, that name stands in the place of `camera`. Where several publishers are
/// recorded, each one's name stands in front of its topics; where it is not known beforehand whether there will be several, in
/// front of all but the first one's.
final class MessageRecorder {
    let writer: RecordingWriter
    private let epoch: Int64?
    /// The publisher whose topics keep their names; nil before it is known.
    private var first: String?
    private let namesPublishers: Bool
    private var publishers: [String: Publisher] = [:]
    private var picture: FramePicture
    private let scratch: UnsafeMutableRawBufferPointer
    private var now: Int64 = 0

    /// Foxglove's messages beside one of the bus are smaller than this; larger ones are left out.
    private static let scratchBytes = 1 << 20

    /// One start of a publisher.
    private struct Publisher {
        var session: UInt64
        var clock: RecordingClock
        var channels: [String: UInt16] = [:]
    }

    /// - Parameters:
    ///   - epoch: what time 0 of the messages is, in nanoseconds since 1970; nil to find out.
    ///   - namesPublishers: whether every publisher's name stands in front of its topics.
    init(
        _ writer: RecordingWriter, jpegQuality: Int, epoch: Int64?, namesPublishers: Bool = false
    ) throws(ImagingError) {
        self.writer = writer
        self.epoch = epoch
        self.namesPublishers = namesPublishers
        picture = try FramePicture(quality: jpegQuality)
        scratch = .allocate(byteCount: Self.scratchBytes, alignment: 64)
    }

    deinit {
        scratch.deallocate()
    }

    /// Records a message.
    func record(_ message: BusMessage) {
        now = MonotonicTime.now.nanoseconds
        let header = message.payload.withUnsafeBytes { MessageHeader(peekingInto: $0) }
        let name = message.envelope.publisher
        var publisher = publishers[name] ?? Publisher(session: message.session, clock: RecordingClock(epoch: epoch))
        if publisher.session != message.session {
            publisher = Publisher(session: message.session, clock: RecordingClock(epoch: epoch))
        }
        let offset = publisher.clock.offset(
            of: header, publishTime: message.envelope.publishTime, latest: writer.latestTime)
        publishers[name] = publisher
        let entry = Entry(
            message: message, topic: topic(message.topic, of: name), offset: offset,
            captureTime: (header?.captureTime ?? 0) + offset,
            publishTime: (header?.publishTime ?? message.envelope.publishTime) + offset)
        if message.droppedBefore > 0, !message.isRetained {
            writer.noteLoss(
                topic: entry.topic, count: message.droppedBefore, logTime: entry.publishTime, now: now)
        }
        if message.frame != nil || message.typeName == MessageKind.frame.typeName { return recordFrame(entry) }
        let channel = channel(entry.topic, entry) { writer in
            MessageKind(typeName: message.typeName) == nil
                ? 0
                : writer.addSchema(
                    name: message.typeName, encoding: "protobuf", data: MessageSchemas.fileDescriptorSet)
        }
        message.payload.withUnsafeBytes { write($0, channel: channel, entry) }
        recordViews(entry)
    }

    /// A message with its times on the recording's axis.
    private struct Entry {
        var message: BusMessage
        /// The topic in the recording.
        var topic: String
        var offset: Int64
        var captureTime: Int64
        var publishTime: Int64

        /// Where what Foxglove shows of this message's camera lies: `camera/`, or the camera's name.
        var prefix: String { camera + "/" }

        /// The camera's name, and that of its coordinate frame.
        var camera: String { topic.lastIndex(of: "/").map { String(topic[..<$0]) } ?? "camera" }
    }

    /// What a publisher's topic is called in the recording.
    private func topic(_ topic: String, of publisher: String) -> String {
        if first == nil { first = publisher }
        return namesPublishers || publisher != first ? publisher + "/" + topic : topic
    }

    private func write(_ data: UnsafeRawBufferPointer, channel: UInt16, _ entry: Entry) {
        writer.write(
            channel: channel, sequence: entry.message.sequence, logTime: entry.publishTime,
            publishTime: entry.publishTime, now: now, data: data)
    }

    // MARK: - Channels

    private func channel(_ topic: String, _ entry: Entry, schema: (RecordingWriter) -> UInt16) -> UInt16 {
        let name = entry.message.envelope.publisher
        if let known = publishers[name]?.channels[topic] { return known }
        let identifier = schema(writer)
        let channel = writer.addChannel(
            topic: topic, schema: identifier, encoding: "protobuf",
            metadata: [
                "publisher": name, "session": "\(entry.message.session)", "time_offset_ns": "\(entry.offset)",
            ])
        publishers[name]?.channels[topic] = channel
        return channel
    }

    private func channel(_ topic: String, _ entry: Entry, _ schema: FoxgloveSchema) -> UInt16 {
        channel(topic, entry) {
            $0.addSchema(name: schema.typeName, encoding: "protobuf", data: schema.fileDescriptorSet)
        }
    }

    // MARK: - Frames

    private func recordFrame(_ entry: Entry) {
        guard let lease = entry.message.frame,
            let frame = try? entry.message.decode(Sightline_Frame.self),
            let isTaken = try? lease.withBytes(of: frame, { picture.take(frame, $0) })
        else { return noteFrameLoss(entry) }
        guard isTaken else { return noteFrameLoss(entry) }
        let channel = channel(entry.prefix + "image", entry, .compressedImage)
        picture.bytes.withUnsafeBytes { jpeg in
            let image = FoxgloveImage(
                timestamp: entry.captureTime, frame: entry.camera, format: "jpeg", byteCount: jpeg.count)
            writer.write(
                channel: channel, sequence: entry.message.sequence, logTime: entry.publishTime,
                publishTime: entry.publishTime, now: now, byteCount: image.byteCount
            ) { image.write(jpeg, into: $0) }
        }
    }

    /// A frame that was taken away before it was read, or that makes no sense.
    private func noteFrameLoss(_ entry: Entry) {
        writer.noteLoss(topic: entry.topic, count: 1, logTime: entry.publishTime, now: now)
    }

    // MARK: - What Foxglove shows

    private func recordViews(_ entry: Entry) {
        guard let content = try? entry.message.decoded() else { return }
        let time = max(0, entry.captureTime)
        switch content {
        case .detections(let detections):
            derive("annotations/detections", .imageAnnotations, entry) {
                FoxgloveEncoder.annotations(&$0, detections, timestamp: time)
            }
        case .tracks(let tracks):
            derive("annotations/tracks", .imageAnnotations, entry) {
                FoxgloveEncoder.annotations(&$0, tracks, timestamp: time)
            }
            if tracks.tracks.contains(where: { $0.hasForwardM && $0.hasLeftM }) {
                derive("scene", .sceneUpdate, entry) { FoxgloveEncoder.scene(&$0, tracks, timestamp: time) }
            }
        case .road(let road):
            derive("annotations/road", .imageAnnotations, entry) {
                FoxgloveEncoder.annotations(&$0, road, timestamp: time)
            }
        case .log(let log):
            derive("log", .log, entry) { FoxgloveEncoder.log(&$0, log, timestamp: max(0, entry.publishTime)) }
        case .timing, .pairs, .health, .frame: break
        }
    }

    private func derive(
        _ topic: String, _ schema: FoxgloveSchema, _ entry: Entry, _ encode: (inout ProtobufWriter) -> Void
    ) {
        var protobuf = ProtobufWriter(scratch)
        encode(&protobuf)
        guard !protobuf.overflowed else { return }
        let channel = channel(entry.prefix + topic, entry, schema)
        write(UnsafeRawBufferPointer(rebasing: scratch[0..<protobuf.count]), channel: channel, entry)
    }
}
