import Glibc
import Imaging

/// Opens a recorded drive: a video file, an MCAP recording, a folder of pictures, or a picture.
///
/// Recordings and pictures are told by their first bytes, everything else is left to the demuxers.
public func openDrive(_ path: String, options: DriveOptions = .init()) throws(RecordingError) -> any DriveReader {
    guard options.rate.isFinite, 0.001...1000 ~= options.rate else {
        throw .invalidParameter(name: "rate", detail: "\(options.rate) frames a second is outside 0.001...1000")
    }
    var status = stat()
    guard stat(path, &status) == 0 else {
        throw .file(path: path, detail: String(cString: strerror(errno)))
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return try ImageFolderReader(folder: path, options: options)
    case S_IFREG: break
    default: throw .unknownKind(path: path, detail: "neither a regular file nor a folder")
    }
    if status.st_size == 0 { throw .unknownKind(path: path, detail: "the file is empty") }
    if MCAPReader.isMCAP(path) { return try MCAPDriveReader(path: path, options: options) }
    if ImageFolderReader.isPicture(path) { return try ImageFolderReader(picture: path, options: options) }
    return try VideoFileReader(path: path, options: options)
}
