/// Writes `sightline.Road` on the frame path: ``begin(_:_:)`` once, then in this order whatever there is: mask, lanes, free
/// space, outline.
public enum RoadEncoder {
    /// The road's own fields, as documented in `road.proto`.
    public struct Summary: Sendable {
        public var header: MessageHeader
        public var network: String
        public var inferenceTime: Int64 = 0
        public var plan = Sightline_Plan.full
        public var maskAge: Int64 = 0
        public var drivableShare: Float = 0
        public var frameWidth: UInt32
        public var frameHeight: UInt32
        public var lateralOffset: Float?
        public var laneWidth: Float?

        /// - Parameter frameWidth, frameHeight: pixels of the captured frame.
        public init(header: MessageHeader, network: String, frameWidth: UInt32, frameHeight: UInt32) {
            self.header = header
            self.network = network
            self.frameWidth = frameWidth
            self.frameHeight = frameHeight
        }
    }

    public static func begin(_ writer: inout ProtobufWriter, _ summary: Summary) {
        writer.header(summary.header)
        writer.string(2, summary.network)
        writer.signed(3, summary.inferenceTime)
        writer.unsigned(4, summary.plan.wireValue)
        writer.signed(5, summary.maskAge)
        writer.float(6, summary.drivableShare)
        writer.unsigned(7, summary.frameWidth)
        writer.unsigned(8, summary.frameHeight)
        writer.optionalFloat(9, summary.lateralOffset)
        writer.optionalFloat(10, summary.laneWidth)
    }

    /// A class map of `width` x `height` pixels as runs in row-major order.
    ///
    /// - Parameters:
    ///   - region: the part of the captured frame that the mask covers, in its pixels; nil for the whole frame.
    ///   - classNames: name of class 0, 1, 2 ...
    ///   - run: class and length of a run; called twice per run.
    public static func mask(
        _ writer: inout ProtobufWriter, width: UInt32, height: UInt32, region: FrameBox?, classNames: [String],
        runCount: Int, run: (Int) -> (classID: UInt32, length: UInt32)
    ) {
        writer.message(11) { writer in
            writer.unsigned(1, width)
            writer.unsigned(2, height)
            if let region { writer.box(3, region) }
            for index in classNames.indices {
                writer.message(4) { writer in
                    writer.unsigned(1, UInt32(truncatingIfNeeded: index))
                    writer.string(2, classNames[index])
                }
            }
            writer.packedPairs(5, count: runCount) { run($0) }
        }
    }

    /// One lane boundary: points in pixels of the captured frame, polynomial in vehicle axes in metres (or none).
    public static func lane(
        _ writer: inout ProtobufWriter, side: Sightline_Lane.Side, confidence: Float,
        pointCount: Int, point: (Int) -> (x: Float, y: Float),
        coefficientCount: Int = 0, coefficient: (Int) -> Float = { _ in 0 },
        forwardFrom: Float = 0, forwardTo: Float = 0
    ) {
        writer.message(12) { writer in
            writer.unsigned(1, side.wireValue)
            writer.float(2, confidence)
            writer.points(3, count: pointCount, point)
            writer.packedFloats(4, count: coefficientCount, coefficient)
            writer.float(5, forwardFrom)
            writer.float(6, forwardTo)
        }
    }

    /// Free space per sampled column. `distanceCount` is 0 without a calibrated camera, else `columnCount`.
    public static func freeSpace(
        _ writer: inout ProtobufWriter, firstColumn: Float, columnStep: Float,
        columnCount: Int, boundary: (Int) -> Float, distanceCount: Int = 0, distance: (Int) -> Float = { _ in 0 }
    ) {
        writer.message(13) { writer in
            writer.float(1, firstColumn)
            writer.float(2, columnStep)
            writer.packedFloats(3, count: columnCount, boundary)
            writer.packedFloats(4, count: distanceCount, distance)
        }
    }

    /// Outline of the drivable road in pixels of the captured frame, clockwise.
    public static func outline(
        _ writer: inout ProtobufWriter, pointCount: Int, point: (Int) -> (x: Float, y: Float)
    ) {
        writer.points(14, count: pointCount, point)
    }
}

extension ProtobufWriter {
    mutating func points(_ field: Int, count points: Int, _ point: (Int) -> (x: Float, y: Float)) {
        for index in 0..<max(points, 0) {
            message(field) { writer in
                let (x, y) = point(index)
                writer.float(1, x)
                writer.float(2, y)
            }
        }
    }
}
