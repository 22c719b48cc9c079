import Glibc

/// Small text files that replace older ones in one step.
enum TextFile {
    static func replace(_ path: String, with text: String) throws(CalibrationError) {
        let temporary = "\(path).\(getpid()).tmp"
        guard let file = fopen(temporary, "w") else {
            throw .unwritable(path: path, detail: String(cString: strerror(errno)))
        }
        var text = text
        let count = text.utf8.count
        let written = text.withUTF8 { fwrite($0.baseAddress, 1, $0.count, file) }
        let isFlushed = fflush(file) == 0 && fsync(fileno(file)) == 0
        guard fclose(file) == 0, isFlushed, written == count, rename(temporary, path) == 0 else {
            let detail = String(cString: strerror(errno))
            unlink(temporary)
            throw .unwritable(path: path, detail: detail)
        }
    }
}
