/// What reading a drive has met so far. Damage that leaves frames readable is counted, not thrown.
public struct DriveCondition: Hashable, Sendable {
    /// Frames delivered since the drive was opened.
    public var deliveredFrames = 0
    /// Frames that the decoder marked as damaged or concealed; they are delivered.
    public var damagedFrames = 0
    /// Packets that could not be decoded at all.
    public var undecodablePackets = 0
    /// Frames whose time was missing or did not increase, and was set just behind that of the frame before.
    public var repairedTimestamps = 0
    /// Frames that the header claims and that did not come; known once the end was reached without a seek.
    public var missingFrames = 0
    /// The first thing that could not be read, in words.
    public var firstDamage: String?
    /// Why the drive ended before its end, if it did.
    public var earlyEnd: String?

    public init() {}

    /// One line about what is wrong, or nil when nothing is.
    public var summary: String? {
        var parts: [String] = []
        if damagedFrames > 0 { parts.append("\(damagedFrames) damaged frames") }
        if undecodablePackets > 0 {
            parts.append(
                "\(undecodablePackets) packets that do not decode" + (firstDamage.map { " (first: \($0))" } ?? ""))
        }
        if missingFrames > 0 { parts.append("\(missingFrames) frames fewer than the header claims") }
        if repairedTimestamps > 0 { parts.append("\(repairedTimestamps) frames without increasing time") }
        if let earlyEnd { parts.append("ended early: \(earlyEnd)") }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
