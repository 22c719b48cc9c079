/// How a drive is read.
public struct DriveOptions: Hashable, Sendable {
    /// Threads that the video decoder may use.
    public var decoderThreads: Int
    /// Frames per second of picture folders and of videos that do not say.
    public var rate: Double

    public init(decoderThreads: Int = 1, rate: Double = 30) {
        self.decoderThreads = decoderThreads
        self.rate = rate
    }
}
