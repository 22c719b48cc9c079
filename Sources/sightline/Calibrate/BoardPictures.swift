import Calibration
import Glibc
import Imaging
import Recording

/// Goes through pictures, folders and videos that show a board.
struct BoardPictures {
    let paths: [String]
    /// Frames a second that are looked at in videos.
    let videoRate: Double

    /// A picture to look at: its name, and whether it is one of a video's many.
    struct Picture {
        var name: String
        var isVideoFrame: Bool
    }

    /// Calls `body` for each picture; stops when it returns false.
    func forEach(_ body: (ImageView, Picture) throws -> Bool) throws {
        for path in paths {
            var status = stat()
            guard stat(path, &status) == 0 else {
                throw CommandFailure.wrongUse("\(path): \(String(cString: strerror(errno)))")
            }
            if status.st_mode & S_IFMT == S_IFDIR {
                let names = try ImageFolder.pictureNames(in: path)
                guard !names.isEmpty else {
                    throw CommandFailure.wrongUse("\(path): no pictures (.jpg, .png) in this folder")
                }
                for name in names where try !still(path + "/" + name, body) { return }
            } else if isPicture(path) {
                if try !still(path, body) { return }
            } else if try !video(path, body) {
                return
            }
        }
    }

    private func isPicture(_ path: String) -> Bool { (try? ImageFile.header(path)) != nil }

    private func still(_ path: String, _ body: (ImageView, Picture) throws -> Bool) throws -> Bool {
        let picture = try ImageFile.read(path)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return try picture.withView { try body($0, Picture(name: name, isVideoFrame: false)) }
    }

    private func video(_ path: String, _ body: (ImageView, Picture) throws -> Bool) throws -> Bool {
        let reader = try openDrive(path)
        var frame = DecodedFrame()
        var next = Int64.min
        let name = path.split(separator: "/").last.map(String.init) ?? path
        while try reader.next(into: &frame) {
            guard frame.timestamp >= next else { continue }
            next = frame.timestamp + Int64(1e9 / videoRate)
            let seconds = Double(frame.timestamp) / 1e9
            let picture = Picture(name: "\(name) at \((seconds * 100).rounded() / 100) s", isVideoFrame: true)
            let goesOn = try frame.withView { try body($0, picture) }
            if goesOn == false { return false }
        }
        return true
    }
}
