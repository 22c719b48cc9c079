/// How a drive is read.
public struct DriveOptions: Hashable, Sendable {
    /// Threads that the video decoder may use.
    public var decoderThreads: Int
    /// Frames per second of picture folders and of videos that do not say.
    public var rate: Double

    /// Topic of the pictures in a recording with several; nil for the one with the most.
    public var topic: String?

    public init(decoderThreads: Int = 1, rate: Double = 30, topic: String? = nil) {
        self.decoderThreads = decoderThreads
        self.rate = rate
        self.topic = topic
    }
}
