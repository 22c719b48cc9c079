import Messages

/// Missed deadlines, by whose fault they were.
public struct MissCount: Sendable, Hashable {
    /// The runtime's own work took too long.
    public internal(set) var own = 0
    /// The host took the processor away.
    public internal(set) var host = 0
    /// The frame came late from the camera or the decoder.
    public internal(set) var source = 0

    public var total: Int { own + host + source }

    mutating func add(_ cause: Sightline_Timing.MissCause) {
        switch cause {
        case .none, .UNRECOGNIZED: break
        case .own: own += 1
        case .host: host += 1
        case .source: source += 1
        }
    }
}
