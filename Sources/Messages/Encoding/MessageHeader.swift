/// The common header as the frame path writes it; fields as documented in `header.proto`.
public struct MessageHeader: Sendable {
    public var frameID: UInt64
    public var captureTime: Int64
    public var publishTime: Int64
    public var camera: String
    public var sequence: UInt64
    public var age: Int64

    /// - Parameters:
    ///   - captureTime, publishTime: nanoseconds on the source's time axis.
    ///   - sequence: `BusTopic.nextSequence` of the topic that the message is for.
    ///   - age: nanoseconds from capture or release to publish; 0 when unknown.
    public init(
        frameID: UInt64, captureTime: Int64, publishTime: Int64, camera: String, sequence: UInt64, age: Int64 = 0
    ) {
        self.frameID = frameID
        self.captureTime = captureTime
        self.publishTime = publishTime
        self.camera = camera
        self.sequence = sequence
        self.age = age
    }
}

extension ProtobufWriter {
    /// Field 1 of every message.
    public mutating func header(_ header: MessageHeader) {
        message(1) { writer in
            writer.unsigned(1, header.frameID)
            writer.signed(2, header.captureTime)
            writer.signed(3, header.publishTime)
            writer.string(4, header.camera)
            writer.unsigned(5, header.sequence)
            writer.signed(6, header.age)
        }
    }

    /// A box as a nested message, in pixels of the captured frame.
    mutating func box(_ field: Int, _ box: FrameBox) {
        message(field) { writer in
            writer.float(1, box.x1)
            writer.float(2, box.y1)
            writer.float(3, box.x2)
            writer.float(4, box.y2)
        }
    }

    mutating func optionalFloat(_ field: Int, _ value: Float?) {
        if let value { presentFloat(field, value) }
    }
}
