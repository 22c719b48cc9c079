/// Writes `sightline.Tracks` on the frame path: ``begin(_:header:frameWidth:frameHeight:)`` once, then
/// ``append(_:_:)`` per track.
public enum TracksEncoder {
    /// A value in vehicle axes with its standard deviation.
    public struct Estimate: Sendable {
        public var value: Float
        public var deviation: Float

        public init(_ value: Float, deviation: Float) {
            self.value = value
            self.deviation = deviation
        }
    }

    /// One track; fields as documented in `tracks.proto`.
    public struct Track: Sendable {
        public var trackID: UInt64
        public var label = ""
        public var classID: UInt32 = 0
        public var score: Float = 0
        public var box: FrameBox
        public var state = Sightline_Track.State.tentative
        public var age: Int64 = 0
        public var unseen: Int64 = 0
        public var detectionCount: UInt32 = 0
        public var velocityX: Float = 0
        public var velocityY: Float = 0
        public var forecastBox: FrameBox?
        public var distance: Estimate?
        public var forward: Float?
        public var left: Estimate?
        public var velocityForward: Estimate?
        public var velocityLeft: Estimate?

        /// - Parameter box: pixels of the captured frame.
        public init(trackID: UInt64, box: FrameBox) {
            self.trackID = trackID
            self.box = box
        }
    }

    public static func begin(
        _ writer: inout ProtobufWriter, header: MessageHeader, frameWidth: UInt32, frameHeight: UInt32
    ) {
        writer.header(header)
        writer.unsigned(2, frameWidth)
        writer.unsigned(3, frameHeight)
    }

    public static func append(_ writer: inout ProtobufWriter, _ track: Track) {
        writer.message(4) { writer in
            writer.unsigned(1, track.trackID)
            writer.string(2, track.label)
            writer.unsigned(3, track.classID)
            writer.float(4, track.score)
            writer.box(5, track.box)
            writer.unsigned(6, track.state.wireValue)
            writer.signed(7, track.age)
            writer.signed(8, track.unseen)
            writer.unsigned(9, track.detectionCount)
            writer.float(10, track.velocityX)
            writer.float(11, track.velocityY)
            if let box = track.forecastBox { writer.box(12, box) }
            writer.estimate(13, 14, track.distance)
            writer.optionalFloat(15, track.forward)
            writer.estimate(16, 17, track.left)
            writer.estimate(18, 19, track.velocityForward)
            writer.estimate(20, 21, track.velocityLeft)
        }
    }
}

extension ProtobufWriter {
    mutating func estimate(_ valueField: Int, _ deviationField: Int, _ estimate: TracksEncoder.Estimate?) {
        guard let estimate else { return }
        presentFloat(valueField, estimate.value)
        presentFloat(deviationField, estimate.deviation)
    }
}
