import Glibc

/// A line on the terminal that is overwritten as work goes on; silent where standard error is no terminal.
final class ProgressLine {
    private let isVisible = isatty(STDERR_FILENO) == 1
    private var last = ""

    /// Columns that a line may take without being broken, which would leave its first half behind.
    static var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 79 }
        return Int(size.ws_col) - 1
    }

    func show(_ whole: String) {
        guard isVisible else { return }
        let text = String(whole.prefix(Self.columns))
        guard text != last else { return }
        last = text
        write("\r\u{1B}[K" + text)
    }

    func clear() {
        guard isVisible, !last.isEmpty else { return }
        last = ""
        write("\r\u{1B}[K")
    }

    private func write(_ text: String) {
        var text = text
        text.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

/// Prints a line and hands it to the reader at once, also where standard output is a pipe.
func printLine(_ line: String) {
    var text = line + "\n"
    text.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
            let count = Glibc.write(STDOUT_FILENO, rest.baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            // A reader that has gone away ends the command quietly, as it does for any filter.
            if count <= 0 { exit(ExitStatus.done.rawValue) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }
}

/// Writes a small text file.
func writeFile(_ text: String, to path: String) throws {
    guard let file = fopen(path, "w") else {
        throw CommandFailure.workFailed("\(path): \(String(cString: strerror(errno)))")
    }
    var text = text
    let count = text.utf8.count
    let written = text.withUTF8 { fwrite($0.baseAddress, 1, $0.count, file) }
    guard fclose(file) == 0, written == count else {
        throw CommandFailure.workFailed("\(path): \(String(cString: strerror(errno)))")
    }
}
