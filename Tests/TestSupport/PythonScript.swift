import Foundation

/// Python programs that compute what a test compares with: other tools' own figures, other engines' outputs.
///
/// Such tests run where `SIGHTLINE_PYTHON` names an interpreter with the packages that the program needs.
///
///     @Test(.enabled(if: PythonScript.isAvailable, PythonScript.absence))
public enum PythonScript {
    private static let interpreter = ProcessInfo.processInfo.environment["SIGHTLINE_PYTHON"]

    public static var isAvailable: Bool { interpreter != nil }

    public static let absence = "needs a Python interpreter with numpy, onnxruntime and pycocotools (SIGHTLINE_PYTHON)"

    public struct Failure: Error, CustomStringConvertible {
        public var description: String
    }

    /// Runs a program file and returns what it writes to standard output.
    public static func run(_ path: String, _ arguments: [String]) throws -> Data {
        guard let interpreter else { throw Failure(description: absence) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: interpreter)
        process.arguments = [path] + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(path) ended with \(process.terminationStatus)")
        }
        return data
    }

    /// The path of a file that lies beside the calling test's source file.
    public static func path(beside source: String = #filePath, _ name: String) -> String {
        URL(fileURLWithPath: source).deletingLastPathComponent().appendingPathComponent(name).path
    }
}
