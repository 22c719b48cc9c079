import Platform
import Recording

/// A frame on its way from its source to the loop.
struct CapturedFrame: ~Copyable {
    var frame = DecodedFrame()

    /// The frame's number since the run began, without gaps for frames that were overwritten later.
    var number: UInt64 = 0

    /// When it was captured: for a replayed frame the moment it fell due.
    var capture = MonotonicTime(nanoseconds: 0)

    /// Its time in the recording, nanoseconds from the drive's start; grows on when a drive is looped.
    var recorded: Int64 = 0
}
