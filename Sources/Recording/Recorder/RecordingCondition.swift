/// How a recording stands.
public struct RecordingCondition: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        case writing
        /// The disk is full; recording goes on when there is room again.
        case diskFull
        /// Writing failed, for the reason given.
        case failed(String)
    }

    public var state = State.writing
    public var files = 0
    public var bytes = 0
    /// Messages in the files; those of the open chunk follow.
    public var messages: UInt64 = 0
    /// Messages that were lost on the bus because recording did not keep up, and because they could not be written.
    public var lostOnBus: UInt64 = 0
    public var lostOnDisk: UInt64 = 0
    /// Whether nothing was lost on the bus during the last seconds.
    public var isKeepingUp = true

    public init() {}

    /// Whether the disk took everything.
    public var isWhole: Bool { lostOnDisk == 0 && state == .writing }

    /// One line about what is wrong; nil when nothing is.
    public var problem: String? {
        var parts: [String] = []
        switch state {
        case .writing: break
        case .diskFull: parts.append("the disk is full")
        case .failed(let reason): parts.append(reason)
        }
        if lostOnBus > 0 { parts.append("\(lostOnBus) messages lost because recording did not keep up") }
        if lostOnDisk > 0 { parts.append("\(lostOnDisk) messages lost because they could not be written") }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
