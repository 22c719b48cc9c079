/// Writes `sightline.Timing` on the frame path: ``begin(_:header:)``, then stages, then networks, then
/// ``end(_:_:)``.
public enum TimingEncoder {
    /// The totals, as documented in `timing.proto`; times in nanoseconds.
    public struct Totals: Sendable {
        public var total: Int64
        public var deadline: Int64 = 0
        public var missed = false
        public var missCause = Sightline_Timing.MissCause.none
        public var droppedFrames: UInt64 = 0
        public var lostFrames: UInt64 = 0
        public var deadlineMisses: UInt64 = 0

        public init(total: Int64) {
            self.total = total
        }
    }

    public static func begin(_ writer: inout ProtobufWriter, header: MessageHeader) {
        writer.header(header)
    }

    /// - Parameter start, duration: nanoseconds; `start` counts from where the frame's total starts.
    public static func stage(_ writer: inout ProtobufWriter, name: String, start: Int64, duration: Int64) {
        writer.message(2) { writer in
            writer.string(1, name)
            writer.signed(2, start)
            writer.signed(3, duration)
        }
    }

    /// - Parameter duration, predicted: nanoseconds.
    public static func network(
        _ writer: inout ProtobufWriter, name: String, variant: String = "", plan: Sightline_Plan, duration: Int64,
        predicted: Int64 = 0
    ) {
        writer.message(3) { writer in
            writer.string(1, name)
            writer.string(2, variant)
            writer.unsigned(3, plan.wireValue)
            writer.signed(4, duration)
            writer.signed(5, predicted)
        }
    }

    public static func end(_ writer: inout ProtobufWriter, _ totals: Totals) {
        writer.signed(4, totals.total)
        writer.signed(5, totals.deadline)
        writer.boolean(6, totals.missed)
        writer.unsigned(7, totals.missCause.wireValue)
        writer.unsigned(8, totals.droppedFrames)
        writer.unsigned(9, totals.lostFrames)
        writer.unsigned(10, totals.deadlineMisses)
    }
}
