import Messages

/// A picture as a message of a recording has it, in place: encodings of several worlds brought to one.
struct PictureMessage {
    /// How messages of a channel hold their pictures.
    enum Kind: Hashable {
        case foxgloveCompressed
        case foxgloveRaw
        case foxgloveVideo
        case rosCompressed
        case rosRaw

        /// Nil for channels without pictures.
        init?(schema: MCAPSchema, messageEncoding: String) {
            switch (messageEncoding, schema.name) {
            case ("protobuf", "foxglove.CompressedImage"): self = .foxgloveCompressed
            case ("protobuf", "foxglove.RawImage"): self = .foxgloveRaw
            case ("protobuf", "foxglove.CompressedVideo"): self = .foxgloveVideo
            case ("cdr", "sensor_msgs/msg/CompressedImage"), ("cdr", "sensor_msgs/CompressedImage"):
                self = .rosCompressed
            case ("cdr", "sensor_msgs/msg/Image"), ("cdr", "sensor_msgs/Image"): self = .rosRaw
            default: return nil
            }
        }

        /// Whether each message can be decoded on its own.
        var isIndependent: Bool { self != .foxgloveVideo }
    }

    /// When it was captured, in nanoseconds; 0 when the message does not say.
    var timestamp: Int64 = 0
    /// Kind of compression, or layout of the samples.
    var format = ""
    /// Pixels and bytes of a row; of raw pictures only.
    var width = 0
    var height = 0
    var step = 0
    var data = UnsafeRawBufferPointer(start: nil, count: 0)

    /// Takes a message apart; nil when it makes no sense.
    init?(_ message: UnsafeRawBufferPointer, kind: Kind) {
        switch kind {
        case .foxgloveCompressed: self.init(protobuf: message, fields: (data: 2, format: 3))
        case .foxgloveVideo: self.init(protobuf: message, fields: (data: 3, format: 4))
        case .foxgloveRaw: self.init(foxgloveRaw: message)
        case .rosCompressed: self.init(rosCompressed: message)
        case .rosRaw: self.init(rosRaw: message)
        }
    }

    private init?(protobuf message: UnsafeRawBufferPointer, fields: (data: Int, format: Int)) {
        var reader = ProtobufReader(message)
        while let (field, value) = reader.next() {
            switch field {
            case 1: timestamp = Self.time(value.bytes)
            case fields.data: data = value.bytes
            case fields.format: format = value.string
            default: break
            }
        }
        if reader.isMalformed { return nil }
    }

    private init?(foxgloveRaw message: UnsafeRawBufferPointer) {
        var reader = ProtobufReader(message)
        while let (field, value) = reader.next() {
            switch field {
            case 1: timestamp = Self.time(value.bytes)
            case 2: width = Int(truncatingIfNeeded: value.unsigned)
            case 3: height = Int(truncatingIfNeeded: value.unsigned)
            case 4: format = value.string
            case 5: step = Int(truncatingIfNeeded: value.unsigned)
            case 6: data = value.bytes
            default: break
            }
        }
        if reader.isMalformed { return nil }
    }

    private init?(rosCompressed message: UnsafeRawBufferPointer) {
        guard var reader = CDRReader(message), let stamp = reader.stamp(), reader.string() != nil,
            let format = reader.string(), let data = reader.bytes()
        else { return nil }
        timestamp = stamp
        self.format = format
        self.data = data
    }

    private init?(rosRaw message: UnsafeRawBufferPointer) {
        guard var reader = CDRReader(message), let stamp = reader.stamp(), reader.string() != nil,
            let height = reader.unsigned32(), let width = reader.unsigned32(), let format = reader.string(),
            reader.unsigned8() != nil, let step = reader.unsigned32(), let data = reader.bytes()
        else { return nil }
        timestamp = stamp
        self.width = Int(width)
        self.height = Int(height)
        self.step = Int(step)
        self.format = format
        self.data = data
    }

    /// `google.protobuf.Timestamp` in nanoseconds.
    private static func time(_ bytes: UnsafeRawBufferPointer) -> Int64 {
        var reader = ProtobufReader(bytes)
        var (seconds, nanoseconds): (Int64, Int64) = (0, 0)
        while let (field, value) = reader.next() {
            if field == 1 { seconds = value.signed }
            if field == 2 { nanoseconds = value.signed }
        }
        guard 0..<9_000_000_000 ~= seconds, 0..<1_000_000_000 ~= nanoseconds else { return 0 }
        return seconds * 1_000_000_000 + nanoseconds
    }
}
