/// Writes `sightline.Detections` on the frame path: ``begin(_:header:network:inferenceTime:plan:frameWidth:frameHeight:)``
/// once, then ``append(_:_:)`` per object.
public enum DetectionsEncoder {
    /// One object; fields as documented in `detections.proto`.
    public struct Object: Sendable {
        public var label: String
        public var classID: UInt32
        public var score: Float
        public var box: FrameBox
        public var trackID: UInt64?
        public var distance: Float?
        public var distanceDeviation: Float?

        /// - Parameters:
        ///   - box: pixels of the captured frame.
        ///   - distance, distanceDeviation: metres.
        public init(
            label: String, classID: UInt32, score: Float, box: FrameBox, trackID: UInt64? = nil,
            distance: Float? = nil, distanceDeviation: Float? = nil
        ) {
            self.label = label
            self.classID = classID
            self.score = score
            self.box = box
            self.trackID = trackID
            self.distance = distance
            self.distanceDeviation = distanceDeviation
        }
    }

    /// - Parameters:
    ///   - inferenceTime: nanoseconds.
    ///   - frameWidth, frameHeight: pixels of the captured frame.
    public static func begin(
        _ writer: inout ProtobufWriter, header: MessageHeader, network: String, inferenceTime: Int64,
        plan: Sightline_Plan, frameWidth: UInt32, frameHeight: UInt32
    ) {
        writer.header(header)
        writer.string(2, network)
        writer.signed(3, inferenceTime)
        writer.unsigned(4, plan.wireValue)
        writer.unsigned(5, frameWidth)
        writer.unsigned(6, frameHeight)
    }

    public static func append(_ writer: inout ProtobufWriter, _ object: Object) {
        writer.message(7) { writer in
            writer.string(1, object.label)
            writer.unsigned(2, object.classID)
            writer.float(3, object.score)
            writer.box(4, object.box)
            if let trackID = object.trackID { writer.presentUnsigned(5, trackID) }
            writer.optionalFloat(6, object.distance)
            writer.optionalFloat(7, object.distanceDeviation)
        }
    }
}
