/// A recorded drive, frame by frame: a video file, a folder of pictures, a single picture.
///
/// Not thread-safe: one thread reads. Frames that were delivered may be used on others.
public protocol DriveReader: AnyObject {
    var info: DriveInfo { get }

    /// What reading has met so far.
    var condition: DriveCondition { get }

    /// Reads the next frame into `frame`, whose memory is used again.
    ///
    /// - Returns: whether there was one; false at the end.
    /// - Throws: ``RecordingError``; reading on afterwards gives false.
    func next(into frame: inout DecodedFrame) throws(RecordingError) -> Bool

    /// Goes to the first frame at or after a time, counted from the drive's start.
    func seek(seconds: Double) throws(RecordingError)
}
