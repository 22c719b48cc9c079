import Foundation

/// Where the node tests of the ONNX project lie, and which of them are run.
enum ConformanceSuite {
    /// The folder: `SIGHTLINE_ONNX_NODE_TESTS` in the environment, else that of the package onnx 1.22 which
    /// `SIGHTLINE_PYTHON` (or `python3`) has; later versions do not ship the tests. Nil where there is none.
    static let folder: String? = {
        if let path = ProcessInfo.processInfo.environment["SIGHTLINE_ONNX_NODE_TESTS"] { return path }
        let script = """
            import onnx, os
            assert onnx.__version__.startswith("1.22.")
            print(os.path.join(os.path.dirname(onnx.__file__), "backend", "test", "data", "node"))
            """
        guard let python = ReferencePython.interpreter, let result = ReferencePython.run(python, ["-c", script]),
            result.status == 0
        else { return nil }
        let path = result.output.trimmingCharacters(in: .whitespacesAndNewlines)
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()

    static let absence =
        "needs the node tests of the Python package onnx==1.22.0 (SIGHTLINE_ONNX_NODE_TESTS or SIGHTLINE_PYTHON)"

    /// Names of the tests that are run.
    static let names: [String] = lines(of: "onnx_node_tests.txt")

    /// Names of tests beyond those, all of which pass.
    static let furtherNames: [String] = lines(of: "onnx_node_tests_further.txt")

    /// Names of the tests that cannot pass, with the reasons.
    static let exceptions = exceptions(in: "exceptions.txt")

    /// Names of the tests that cannot pass once shapes are fixed when the network is loaded; the above among them.
    static let specializationExceptions = exceptions(in: "exceptions_fixed_shapes.txt").merging(exceptions) { $1 }

    private static func exceptions(in file: String) -> [String: String] {
        var exceptions: [String: String] = [:]
        for line in lines(of: file) {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            exceptions[parts[0]] = parts.count == 2 ? parts[1] : ""
        }
        return exceptions
    }

    /// The lines of a file in Tests/Conformance, without comments and empty ones.
    private static func lines(of file: String) -> [String] {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Conformance/\(file)").standardized
        let text = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") && !$0.isEmpty }
    }
}
