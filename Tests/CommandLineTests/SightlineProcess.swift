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

    // Files, not pipes: a pipe's writing end is inherited by every process that another test starts at the same time, and
    // its reader would wait for all of them.
    private let folder: TemporaryFolder
    private var outputPath: String { folder.file("output") }
    private var errorPath: String { folder.file("errors") }

    /// Starts the command. `runtimeDirectory` keeps its bus apart from others'.
    init(_ arguments: [String], runtimeDirectory: String? = nil, environment extra: [String: String] = [:]) throws {
        folder = try TemporaryFolder()
        process.executableURL = Self.executable
        process.arguments = arguments
        var environment = ProcessInfo.processInfo.environment
        environment["SIGHTLINE_RUNTIME_DIR"] = runtimeDirectory ?? folder.path
        environment["SIGHTLINE_CACHE"] = environment["SIGHTLINE_CACHE"] ?? folder.path + "/cache"
        environment.merge(extra) { $1 }
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.writer(folder.file("output"))
        process.standardError = try Self.writer(folder.file("errors"))
        try process.run()
    }

    private static func writer(_ path: String) throws -> FileHandle {
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    }

    /// Waits for the process, at most a minute, and reads what it wrote.
    func finish() -> Outcome {
        let deadline = Date(timeIntervalSinceNow: 60)
        while process.isRunning && Date() < deadline { Thread.sleep(forTimeInterval: 0.01) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? "",
            errors: (try? String(contentsOfFile: errorPath, encoding: .utf8)) ?? "")
    }

    static func run(_ arguments: [String], runtimeDirectory: String? = nil) throws -> Outcome {
        try SightlineProcess(arguments, runtimeDirectory: runtimeDirectory).finish()
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
