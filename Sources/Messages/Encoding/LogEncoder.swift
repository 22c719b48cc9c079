/// Writes `sightline.Log`.
public enum LogEncoder {
    /// - Parameter lostBefore: lines that were lost immediately before this one.
    public static func encode(
        _ writer: inout ProtobufWriter, header: MessageHeader, level: Sightline_Log.Level, source: String, text: String,
        lostBefore: UInt64 = 0
    ) {
        writer.header(header)
        writer.unsigned(2, level.wireValue)
        writer.string(3, source)
        writer.string(4, text)
        writer.unsigned(5, lostBefore)
    }
}
