import Foundation
import Glibc
import TestSupport
import Testing

/// `sightline replay` on a terminal: the line that shows where it is, and the keys.
@Suite("replay on a terminal")
struct ReplayTerminalTests {
    /// A pseudo-terminal; what the program writes is collected.
    private final class Terminal {
        private let master: Int32
        let program: FileHandle
        private(set) var output = ""

        init(columns: UInt16) throws {
            var (master, slave) = (Int32(-1), Int32(-1))
            var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
            try #require(openpty(&master, &slave, nil, nil, &size) == 0)
            // Not for programs that other tests start meanwhile.
            for descriptor in [master, slave] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
            self.master = master
            program = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
        }

        deinit { close(master) }

        func press(_ keys: String) { _ = keys.withCString { write(master, $0, strlen($0)) } }

        /// Reads until the output behind `start` contains a text; false when it does not in two minutes.
        func waits(for text: String, from start: Int = 0) -> Bool {
            let deadline = Date(timeIntervalSinceNow: 120)
            while Date() < deadline {
                if output.dropFirst(start).contains(text) { return true }
                readSome()
            }
            return false
        }

        func readSome() {
            var entry = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 50) > 0 else { return }
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = read(master, &bytes, bytes.count)
            if count > 0 { output += String(decoding: bytes[..<count], as: UTF8.self) }
        }
    }

    @Test("keys pause, step and end it; no line is longer than the terminal is wide")
    func keys() throws {
        let folder = try TemporaryFolder()
        try SmallDrive.write(folder.file("drive.mp4"))
        try SmallNetworks.detection().write(to: folder.file("detection.onnx"))
        let terminal = try Terminal(columns: 60)
        let process = Process()
        process.executableURL = SightlineProcess.executable
        process.arguments =
            ["replay", folder.file("drive.mp4"), "--loop", "--json", "--road", "none"]
            + ["--detection", folder.file("detection.onnx")]
        process.environment = ProcessInfo.processInfo.environment.merging([
            "SIGHTLINE_RUNTIME_DIR": folder.path, "SIGHTLINE_CACHE": folder.path + "/cache",
        ]) { $1 }
        let summary = folder.file("summary")
        _ = FileManager.default.createFile(atPath: summary, contents: nil)
        process.standardInput = terminal.program
        process.standardError = terminal.program
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: summary))
        try process.run()
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        #expect(terminal.waits(for: "] 0."))
        terminal.press(" ")
        #expect(terminal.waits(for: "PAUSED"))
        terminal.press("s")
        terminal.press("\u{1B}[A")
        #expect(terminal.waits(for: " 2.0x"))
        terminal.press("\u{1B}[B ")
        let start = terminal.output.count
        #expect(terminal.waits(for: " 1.0x", from: start))
        terminal.press("q")
        let deadline = Date(timeIntervalSinceNow: 120)
        while process.isRunning, Date() < deadline { terminal.readSome() }
        try #require(!process.isRunning)
        #expect(process.terminationStatus == 0)
        let printed = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: summary)))
        #expect((printed as? [String: Any])?["interrupted"] as? Bool == true)
        let lines = terminal.output.split(whereSeparator: \.isNewline)
        for line in lines.map({ $0.replacingOccurrences(of: "\u{1B}[K", with: "") }) where line.contains("fps") {
            #expect(line.count < 60, "\(line)")
        }
    }
}
