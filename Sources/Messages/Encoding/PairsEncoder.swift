/// Writes `sightline.Pairs` on the frame path: ``begin(_:header:bound:)``, then partners.
public enum PairsEncoder {
    /// - Parameter bound: nanoseconds.
    public static func begin(_ writer: inout ProtobufWriter, header: MessageHeader, bound: Int64) {
        writer.header(header)
        writer.signed(2, bound)
    }

    /// - Parameters:
    ///   - captureTime: nanoseconds on the header's clock.
    ///   - skew: how much later than the header's frame, nanoseconds.
    public static func partner(
        _ writer: inout ProtobufWriter, camera: String, frameID: UInt64, captureTime: Int64, skew: Int64
    ) {
        writer.message(3) { writer in
            writer.string(1, camera)
            writer.unsigned(2, frameID)
            writer.signed(3, captureTime)
            writer.signed(4, skew)
        }
    }
}
