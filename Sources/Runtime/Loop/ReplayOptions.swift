/// How a recorded drive is replayed.
public struct ReplayOptions: Sendable, Hashable {
    public enum Pace: Sendable, Hashable {
        /// Frames fall due at their recorded times, sped up by the factor; a loop that is busy misses frames, as it would
        /// with a camera.
        case recorded(speed: Double)

        /// Every frame, one after the other, as fast as they are done.
        case maximum

        /// As ``maximum``, on a virtual clock: capture and publish times are the recorded ones, so that two runs publish
        /// the same bytes.
        case lockstep
    }

    public var pace: Pace
    /// Whether to start again at the end, until interrupted.
    public var loops = false
    /// Seconds from the drive's beginning to the first frame.
    public var start: Double = 0
    /// Seconds to replay; nil for all.
    public var duration: Double?

    /// Topic of the pictures in a recording with several; nil for the one with the most.
    public var topic: String?

    /// The factor of a recorded pace; 1 for the others.
    public var speed: Double {
        if case .recorded(let speed) = pace { return speed }
        return 1
    }

    public init(pace: Pace = .recorded(speed: 1)) {
        self.pace = pace
    }
}
