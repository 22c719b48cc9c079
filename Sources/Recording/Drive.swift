import Glibc
import Imaging

/// Opens a recorded drive: a video file, a folder of pictures, or a picture.
///
/// MCAP recordings will be recognised here by their magic bytes.
public func openDrive(_ path: String, options: DriveOptions = .init()) throws(RecordingError) -> any DriveReader {
    try VideoFileReader(path: path, options: options)
}
