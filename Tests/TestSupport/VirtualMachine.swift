import Foundation

/// User Mode Linux with virtual cameras: `Tests/VirtualCameras/boot`.
public enum VirtualMachine {
    public struct Outcome {
        public var status: Int32
        public var lines: [String]
        public var errors: String
    }

    private static let boot = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../VirtualCameras/boot").standardized.path

    /// Whether there is a kernel to boot.
    public static let isAvailable = (try? run(["--kernel"]).status) == 0

    public static let absence = """
        needs a User Mode Linux kernel with virtual cameras: set SIGHTLINE_UML_KERNEL, or make one with \
        Tests/VirtualCameras/build-kernel
        """

    /// A program of the package, beside the test bundle.
    public static func program(_ name: String) -> String {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent(name).path
    }

    /// Boots, runs a command and reads what it wrote.
    public static func run(_ arguments: [String]) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = [boot] + arguments
        process.standardInput = FileHandle.nullDevice
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "sightline-boot-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (output, errors) = (folder.appendingPathComponent("output"), folder.appendingPathComponent("errors"))
        for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        let text = try String(contentsOf: output, encoding: .utf8)
        return Outcome(
            status: process.terminationStatus, lines: text.split(separator: "\n").map(String.init),
            errors: try String(contentsOf: errors, encoding: .utf8))
    }
}
