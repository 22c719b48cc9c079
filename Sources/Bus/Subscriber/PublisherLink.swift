import CLinux
import Glibc
import Messages
import Platform

/// A subscriber's connection to one publisher.
final class PublisherLink {
    /// What one packet meant.
    enum Arrival {
        case nothing
        case accepted(PublisherInfo)
        case topicAdded(TopicInfo)
        case message(BusMessage)
        case schemas([UInt8])
        case ended(DisconnectReason)
        /// A packet of a kind that this version does not know.
        case ignored
    }

    private final class Topic {
        let name: String
        let typeName: String
        @exclusivity(unchecked) var lastSequence: UInt64
        let isLatest: Bool
        /// Frames are announced, and their memory's descriptor comes in a packet of its own.
        let hasMemory: Bool
        var memory: FrameMemory?

        init(_ description: TopicDescription, isLatest: Bool) {
            name = description.name
            typeName = description.typeName
            lastSequence = description.baseline
            hasMemory = description.flags & Self.frameFlags == Self.frameFlags
            self.isLatest = isLatest
        }

        private static let frameFlags = Wire.TopicFlag.frames | Wire.TopicFlag.subscribed
    }

    let publisher: String
    let socket: SubscriberSocket
    /// When a publisher that has not answered counts as silent; nil once it has.
    @exclusivity(unchecked) private(set) var answerDeadline: Int64?
    @exclusivity(unchecked) private(set) var session: UInt64 = 0
    /// The connection is over; nothing more is received.
    var isEnded = false
    private let requests: [TopicRequest]
    /// By the publisher's index.
    @exclusivity(unchecked) private var topics: [Topic?] = []
    /// A packet with a descriptor may come.
    @exclusivity(unchecked) private var expectsDescriptor = true
    /// Room for the next message's payload, by the length of the last one.
    @exclusivity(unchecked) private var payloadRoom = 0
    /// That room where it is large, made before the message comes.
    @exclusivity(unchecked) private var room: [UInt8] = []
    /// Whether one of the topics wants the newest message only.
    let conflates: Bool
    /// Messages were missed while the connection was lost; ``PublisherPast`` knows how many.
    @exclusivity(unchecked) var isResumed = false

    /// A publisher has far fewer.
    private static let topicLimit = 4096

    /// How long a publisher may take to answer, in nanoseconds.
    static let answerTime: Int64 = 2_000_000_000

    /// Connects and sends the greeting; the answer is the first thing to be received. Nil with the errno in `code` when
    /// nobody listens.
    init?(
        publisher: String, path: String, name: String, requests: [TopicRequest], code: inout Int32
    ) {
        let number = sightline_socket_connect(path)
        guard number >= 0 else {
            code = -number
            return nil
        }
        self.publisher = publisher
        self.requests = requests
        conflates = requests.contains { $0.queue == .latest }
        socket = SubscriberSocket(owning: number)
        answerDeadline = MonotonicTime.now.nanoseconds + Self.answerTime
        socket.send(Hello(name: name, subscriptions: requests).encoded())
    }

    /// The sequences up to which this link has received, by topic.
    var lastSequences: [String: UInt64] {
        Dictionary(topics.compactMap { $0.map { ($0.name, $0.lastSequence) } }, uniquingKeysWith: max)
    }

    /// Takes one packet if there is one; never waits.
    func receive(_ buffer: UnsafeMutableRawBufferPointer) -> Arrival {
        guard expectsDescriptor else {
            return payloadRoom < Self.largePayload ? receiveSmall(buffer) : receiveLarge(buffer)
        }
        var attached: Int32 = -1
        let count = sightline_socket_receive(socket.number, buffer.baseAddress, buffer.count, &attached)
        guard count > 0 else { return failure(count, buffer) }
        let descriptor: FileDescriptor? = attached >= 0 ? FileDescriptor(owning: attached) : nil
        return understand(UnsafeRawBufferPointer(rebasing: buffer[..<count]), descriptor)
    }

    /// Copying less than this costs less than receiving in parts.
    private static let largePayload = 4096

    /// The usual case: one small packet, decoded where it lies.
    private func receiveSmall(_ buffer: UnsafeMutableRawBufferPointer) -> Arrival {
        let received = sightline_socket_receive_bytes(socket.number, buffer.baseAddress, buffer.count)
        guard received > 0 else { return failure(received, buffer) }
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<received])
        guard bytes[0] == Wire.Kind.message.rawValue else { return understand(bytes, nil) }
        var reader = WireReader(UnsafeRawBufferPointer(rebasing: bytes[1...]))
        do throws(WireReader.Malformed) {
            let head = try MessageHead(&reader)
            payloadRoom = Int(head.payloadLength)
            return .message(try message(head, [UInt8](reader.rest)))
        } catch {
            return .ended(.protocolViolation(error.detail))
        }
    }

    /// The last message was large, and so will be this one: its payload goes straight to where it stays.
    private func receiveLarge(_ buffer: UnsafeMutableRawBufferPointer) -> Arrival {
        let headBytes = Wire.messageHeaderBytes
        if room.count != payloadRoom { room = [UInt8](repeating: 0, count: payloadRoom) }
        let received = room.withUnsafeMutableBytes {
            sightline_socket_receive_around(
                socket.number, buffer.baseAddress, buffer.count, headBytes, $0.baseAddress, $0.count)
        }
        guard received > 0 else { return failure(received, buffer) }
        let length = received - headBytes
        let isPlain = buffer[0] == Wire.Kind.message.rawValue && buffer[1] & Wire.MessageFlag.leased == 0
        guard isPlain, length > payloadRoom / 2 else {
            // Everything else is decoded in one piece: also what is so short that it must not keep the room's memory.
            buffer[headBytes...].copyBytes(from: room.prefix(max(0, length)))
            payloadRoom = max(0, length)
            return understand(UnsafeRawBufferPointer(rebasing: buffer[..<received]), nil)
        }
        var payload: [UInt8] = []
        swap(&payload, &room)
        if length < payload.count {
            payload.removeLast(payload.count - length)
        } else if length > payload.count {
            payload.append(contentsOf: buffer[headBytes + payload.count..<received])
        }
        payloadRoom = length
        var reader = WireReader(UnsafeRawBufferPointer(rebasing: buffer[1..<headBytes]))
        do throws(WireReader.Malformed) {
            return .message(try message(try MessageHead(&reader, separatePayload: payload.count), payload))
        } catch {
            return .ended(.protocolViolation(error.detail))
        }
    }

    private func failure(_ code: Int, _ buffer: UnsafeMutableRawBufferPointer) -> Arrival {
        switch code {
        case -Int(EAGAIN): .nothing
        case -Int(EMSGSIZE):
            .ended(.protocolViolation("a packet is larger than \(buffer.count) bytes or has a descriptor"))
        default: .ended(.lost)
        }
    }

    private func understand(_ bytes: UnsafeRawBufferPointer, _ descriptor: consuming FileDescriptor?) -> Arrival {
        var reader = WireReader(bytes)
        do throws(WireReader.Malformed) {
            let arrival = try understand(&reader, descriptor)
            expectsDescriptor =
                answerDeadline != nil || topics.contains { $0.map { $0.hasMemory && $0.memory == nil } ?? false }
            return arrival
        } catch {
            return .ended(.protocolViolation(error.detail))
        }
    }

    private func understand(
        _ reader: inout WireReader, _ descriptor: consuming FileDescriptor?
    ) throws(WireReader.Malformed) -> Arrival {
        let kind = Wire.Kind(rawValue: try reader.number("kind"))
        if answerDeadline != nil, kind != .accept, kind != .refuse {
            throw .init(detail: "the first packet is no answer to the greeting")
        }
        switch kind {
        case .accept: return .accepted(try accept(&reader))
        case .refuse: return .ended(.refused(try Farewell(.refuse, &reader).reason))
        case .goodbye: return .ended(.goodbye(try Farewell(.goodbye, &reader).reason))
        case .topic: return .topicAdded(TopicInfo(try note(try TopicDescription(&reader))))
        case .ring:
            try takeRing(&reader, descriptor)
            return .ignored
        case .message:
            let head = try MessageHead(&reader)
            return .message(try message(head, [UInt8](reader.rest)))
        case .schema: return .schemas([UInt8](reader.rest))
        default: return .ignored
        }
    }

    private func accept(_ reader: inout WireReader) throws(WireReader.Malformed) -> PublisherInfo {
        guard answerDeadline != nil else { throw .init(detail: "a second answer to the greeting") }
        let accept = try Accept(&reader)
        guard accept.version == Wire.version else { throw .init(detail: "version \(accept.version) of the protocol") }
        answerDeadline = nil
        session = accept.session
        for topic in accept.topics { _ = try note(topic) }
        return PublisherInfo(accept)
    }

    private func note(_ topic: TopicDescription) throws(WireReader.Malformed) -> TopicDescription {
        let index = Int(topic.index)
        guard index < Self.topicLimit else { throw .init(detail: "more than \(Self.topicLimit) topics") }
        if index >= topics.count { topics.append(contentsOf: repeatElement(nil, count: index + 1 - topics.count)) }
        let request = requests.first { $0.matches(topic.name) }
        topics[index] = Topic(topic, isLatest: request?.queue == .latest)
        return topic
    }

    private func topic(_ index: UInt16) -> Topic? {
        Int(index) < topics.count ? topics[Int(index)] : nil
    }

    private func takeRing(
        _ reader: inout WireReader, _ descriptor: consuming FileDescriptor?
    ) throws(WireReader.Malformed) {
        let announcement = try RingAnnouncement(&reader)
        guard let topic = topic(announcement.topic) else {
            throw .init(detail: "a frame ring of unknown topic \(announcement.topic)")
        }
        guard let descriptor else { throw .init(detail: "a frame ring without its memory") }
        do {
            topic.memory = try FrameMemory(descriptor, announcement.layout)
        } catch {
            throw .init(detail: "\(error)")
        }
    }

    private func message(_ head: MessageHead, _ payload: [UInt8]) throws(WireReader.Malformed) -> BusMessage {
        guard let topic = topic(head.topic) else { throw .init(detail: "a message of unknown topic \(head.topic)") }
        guard head.sequence > topic.lastSequence else {
            throw .init(detail: "sequence \(head.sequence) of \(topic.name) after \(topic.lastSequence)")
        }
        let dropped = head.sequence - topic.lastSequence - 1
        topic.lastSequence = head.sequence
        return BusMessage(
            envelope: MessageEnvelope(
                publisher: publisher, topic: topic.name, sequence: head.sequence, droppedBefore: dropped,
                isRetained: head.flags & Wire.MessageFlag.retained != 0, publishTime: head.publishTime,
                receiveTime: MonotonicTime.now.nanoseconds),
            session: session, typeName: topic.typeName, payload: payload,
            frame: try frame(head, topic))
    }

    private func frame(_ head: MessageHead, _ topic: Topic) throws(WireReader.Malformed) -> FrameLease? {
        guard let lease = head.lease else { return nil }
        guard let memory = topic.memory, lease.slot < UInt32(memory.layout.slotCount) else {
            throw .init(detail: "a frame in slot \(lease.slot) of memory that was not handed over")
        }
        return FrameLease(memory: memory, socket: socket, topic: head.topic, lease: lease)
    }

    /// Whether a topic wants the newest message only.
    func isLatest(_ topic: String) -> Bool {
        requests.first { $0.matches(topic) }?.queue == .latest
    }

    /// Asks for the schemas; they arrive as ``Arrival/schemas(_:)``.
    func requestSchemas() {
        socket.send(WireWriter(.schemaRequest).bytes)
    }
}
