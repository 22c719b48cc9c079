import Foundation

/// A Python interpreter with the packages that tests compare with: `SIGHTLINE_PYTHON` in the environment, else
/// `python3` where it has them.
enum ReferencePython {
    /// The interpreter that has onnx and onnxruntime; nil where there is none.
    static let withRuntime: String? = {
        guard let python = interpreter else { return nil }
        return run(python, ["-c", "import numpy, onnx, onnxruntime"])?.status == 0 ? python : nil
    }()

    static let absence = "needs a Python with onnx and onnxruntime (SIGHTLINE_PYTHON)"

    /// `SIGHTLINE_PYTHON`, else what `env` finds.
    static let interpreter: String? =
        ProcessInfo.processInfo.environment["SIGHTLINE_PYTHON"]
        ?? run("/usr/bin/env", ["which", "python3"]).flatMap { result in
            result.status == 0 ? result.output.trimmingCharacters(in: .whitespacesAndNewlines) : nil
        }

    /// Runs a program to its end; nil when it cannot be started.
    static func run(_ program: String, _ arguments: [String]) -> (status: Int32, output: String)? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
