import Foundation

/// Runs the built command line as a user would.
struct SightlineProcess {
    struct Outcome {
        var status: Int32
        var output: String
        var errors: String

        var lines: [String] { output.split(separator: "\n").map(String.init) }

        /// The objects of JSON lines.
        func objects() throws -> [[String: Any]] {
            try lines.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:] }
        }
    }

    /// The executable beside the test bundle.
    static var executable: URL {
        let test = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return test.deletingLastPathComponent().appendingPathComponent("sightline")
    }

    let process = Process()
    private let output = Pipe()
    private let errors = Pipe()

    /// Starts the command. `runtimeDirectory` keeps its bus apart from others'.
    init(_ arguments: [String], runtimeDirectory: String? = nil, environment extra: [String: String] = [:]) throws {
        process.executableURL = Self.executable
        process.arguments = arguments
        var environment = ProcessInfo.processInfo.environment
        environment["SIGHTLINE_RUNTIME_DIR"] = runtimeDirectory
        environment.merge(extra) { $1 }
        process.environment = environment
        process.standardOutput = output
        process.standardError = errors
        try process.run()
    }

    /// Reads both streams to their ends and waits for the process.
    func finish() -> Outcome {
        let errorReader = Reader(errors)
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let errorText = errorReader.data()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: errorText, as: UTF8.self))
    }

    static func run(_ arguments: [String], runtimeDirectory: String? = nil) throws -> Outcome {
        try SightlineProcess(arguments, runtimeDirectory: runtimeDirectory).finish()
    }

    /// Reads a pipe on a thread of its own, so that neither stream's buffer fills up while the other is read.
    private final class Reader: @unchecked Sendable {
        // Sendable without checking is sound: `bytes` is written by the thread and read after the semaphore.
        private var bytes = Data()
        private let done = DispatchSemaphore(value: 0)

        init(_ pipe: Pipe) {
            let handle = pipe.fileHandleForReading
            Thread.detachNewThread { [self] in
                bytes = handle.readDataToEndOfFile()
                done.signal()
            }
        }

        func data() -> Data {
            done.wait()
            return bytes
        }
    }
}

/// A folder that is removed with its owner.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/sightline-test-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { path + "/" + name }
}
