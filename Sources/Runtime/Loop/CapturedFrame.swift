import Camera
import Imaging
import Platform
import Recording

/// A frame on its way from its source to the loop: the owner of its samples, and its stamps.
struct CapturedFrame: ~Copyable {
    /// The samples of a replayed frame, which the decoder owns.
    var decoded = DecodedFrame()

    /// The samples of a camera's frame, in the driver's memory or decoded from there.
    var camera = CameraFrame()

    /// The frame's number since the source began, counted by the source: one that it lost is counted, too.
    var number: UInt64 = 0

    /// When it was captured: the driver's stamp; for a replayed frame the moment it fell due.
    var capture = MonotonicTime(nanoseconds: 0)

    /// Its time on the source's own axis: the driver's stamp again, or the time in the recording, nanoseconds from the
    /// drive's start, which grows on when a drive is looped.
    var captureTime: Int64 = 0

    /// When the source had it ready for the loop. Much later than ``capture`` when transport or decoding was slow.
    var arrival = MonotonicTime(nanoseconds: 0)

    /// The picture, whoever owns its samples; valid until the frame is filled again. Nil while it is empty.
    var unsafeView: ImageView? { camera.unsafeView ?? decoded.unsafeView }
}
