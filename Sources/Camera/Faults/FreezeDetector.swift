import Platform

/// Notices a camera that delivers the same frame over and over: the same sequence number, or the same picture.
///
/// Two pictures of a real sensor never agree in every sample, for noise alone. A driver that numbers all frames alike is
/// judged by its pictures only.
struct FreezeDetector: Sendable, Equatable {
    /// As long, and as many frames, as it takes to call it frozen.
    static let duration: Int64 = 1_000_000_000
    static let frames = 5

    private var lastSequence: UInt32?
    private var numbersMove = false
    private var lastPicture: UInt64?
    private var sameSince: MonotonicTime?
    private var lastChange: MonotonicTime?
    private(set) var repeats = 0

    /// Takes in a frame; when it repeats the one before, since when all of them have been the same and whether that is too
    /// long.
    mutating func observe(
        sequence: UInt32, picture: UInt64, at now: MonotonicTime
    ) -> (since: MonotonicTime, isFrozen: Bool, bySequence: Bool)? {
        let sameNumber = sequence == lastSequence
        if lastSequence != nil, !sameNumber { numbersMove = true }
        let bySequence = sameNumber && numbersMove
        let samePicture = picture == lastPicture
        lastSequence = sequence
        lastPicture = picture
        guard bySequence || samePicture else {
            lastChange = now
            sameSince = nil
            repeats = 0
            return nil
        }
        let since = sameSince ?? lastChange ?? now
        sameSince = since
        repeats += 1
        return (since, now - since >= Self.duration && repeats >= Self.frames, bySequence && !samePicture)
    }

    /// Forgets the numbers, but not the picture: a stream begins anew.
    mutating func restart() {
        lastSequence = nil
        numbersMove = false
    }
}
