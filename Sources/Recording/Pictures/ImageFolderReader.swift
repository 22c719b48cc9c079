import Imaging

/// A folder of JPEG and PNG pictures, or a single one, as a drive.
///
/// Pictures follow each other by name, numbers in names by value. Times come from `timestamps.txt` in the folder (one
/// line of seconds per picture), from names that are nanoseconds, or from the given rate. Pictures that cannot be read
/// are counted in ``condition`` and passed over.
public final class ImageFolderReader: DriveReader {
    public let info: DriveInfo
    public private(set) var condition = DriveCondition()

    private let paths: [String]
    /// Nanoseconds from the first picture.
    private let timestamps: [Int64]
    private let decoder: JPEGDecoder
    private var nextIndex = 0
    private var isFinished = false

    /// Opens all pictures of a folder.
    public init(folder: String, options: DriveOptions = .init()) throws(RecordingError) {
        let names = try ImageFolder.pictureNames(in: folder)
        guard !names.isEmpty else { throw .emptyFolder(path: folder) }
        paths = names.map { folder + "/" + $0 }
        timestamps = try ImageFolder.timestamps(of: names, in: folder, rate: options.rate)
        decoder = try Self.makeDecoder()
        info = try Self.describe(path: folder, container: "folder", paths: paths, timestamps: timestamps, options)
    }

    /// Opens a single picture.
    public init(picture path: String, options: DriveOptions = .init()) throws(RecordingError) {
        paths = [path]
        timestamps = [0]
        decoder = try Self.makeDecoder()
        info = try Self.describe(path: path, container: "picture", paths: paths, timestamps: timestamps, options)
    }

    /// Whether a file begins like a JPEG or PNG.
    static func isPicture(_ path: String) -> Bool {
        switch Result(catching: { () throws(ImagingError) in try ImageFile.kind(of: path) }) {
        case .success(let kind): kind != nil
        case .failure: false
        }
    }

    public func next(into frame: inout DecodedFrame) throws(RecordingError) -> Bool {
        while nextIndex < paths.count {
            let index = nextIndex
            nextIndex += 1
            do throws(ImagingError) {
                try ImageFile.read(paths[index], into: &frame.buffer, using: decoder)
            } catch {
                frame.samples = .none
                condition.undecodablePackets += 1
                if condition.firstDamage == nil { condition.firstDamage = "\(error)" }
                if paths.count == 1 { throw .image(error) }
                continue
            }
            frame.samples = .buffer
            frame.index = index
            frame.timestamp = timestamps[index]
            frame.isKeyframe = true
            frame.isDamaged = false
            condition.deliveredFrames += 1
            return true
        }
        if !isFinished, condition.deliveredFrames == 0, condition.undecodablePackets > 0 {
            isFinished = true
            throw .damaged(path: info.path, frame: 0, detail: condition.firstDamage ?? "no picture can be read")
        }
        isFinished = true
        return false
    }

    public func seek(seconds: Double) throws(RecordingError) {
        let last = Double(timestamps.last ?? 0) * 1e-9
        guard seconds.isFinite, seconds >= 0, seconds <= last + 1 / info.rate else {
            throw .seekFailed(path: info.path, seconds: seconds, detail: "the drive ends at \(last) s")
        }
        // Half a frame of tolerance, as for video.
        let wanted = Int64(seconds * 1e9) - Int64(0.5e9 / info.rate)
        nextIndex = timestamps.firstIndex { $0 >= wanted } ?? timestamps.count
        isFinished = false
    }

    private static func makeDecoder() throws(RecordingError) -> JPEGDecoder {
        do throws(ImagingError) {
            return try JPEGDecoder()
        } catch {
            throw .image(error)
        }
    }

    /// Takes the size of the first picture whose header can be read.
    private static func describe(
        path: String, container: String, paths: [String], timestamps: [Int64], _ options: DriveOptions
    ) throws(RecordingError) -> DriveInfo {
        var firstError: ImagingError?
        for picture in paths {
            do throws(ImagingError) {
                let header = try ImageFile.header(picture)
                let isSideways = header.orientation.isSideways
                let span = Double(timestamps[timestamps.count - 1]) * 1e-9
                let measured = span > 0 ? Double(timestamps.count - 1) / span : options.rate
                let rate = abs(measured / options.rate - 1) < 1e-6 ? options.rate : measured
                return DriveInfo(
                    path: path, width: isSideways ? header.height : header.width,
                    height: isSideways ? header.width : header.height, rate: rate, duration: span + 1 / rate,
                    frameCount: paths.count, codec: header.kind.rawValue, container: container)
            } catch {
                firstError = firstError ?? error
            }
        }
        throw .image(firstError ?? .file(path: path, detail: "no picture"))
    }
}
