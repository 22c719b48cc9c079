import CKernels
import Foundation
import Testing

/// The same comparison program on this machine and, emulated, on ARM processors with and without the instructions that the
/// NEON kernels choose between.
@Suite("Other processors")
struct CrossProcessorTests {
    @Test("NEON kernels equal portable ones bit for bit, and networks give the same digests on ARM as here")
    func armAgrees() throws {
        let here = try Self.run(Self.executable, [])
        #expect(here.status == 0, "\(here.output)")
        let expected = Self.digests(here.output)
        #expect(expected.count == 2, "this machine's own tables differ:\n\(here.output)")

        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sightline-cross-kernels").path
        let arm = try Self.run(URL(fileURLWithPath: Self.script), [folder])
        if arm.status == 77 {
            print("NEON kernels were not tested: \(arm.output)")
            return
        }
        #expect(arm.status == 0, "\(arm.output)")
        let tables = arm.output.split(separator: "\n").filter { $0.hasPrefix("table ") }.map {
            $0.split(separator: " ")[1]
        }
        #expect(Set(tables) == ["neon-i8mm", "neon-dotprod", "portable"])
        #expect(Self.digests(arm.output) == expected)
    }

    private static func digests(_ output: String) -> Set<Substring> {
        Set(output.split(separator: "\n").filter { $0.hasPrefix("digest ") })
    }

    /// Built beside the tests.
    private static var executable: URL {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("kernel-comparison")
    }

    private static var script: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../CrossKernels/run").path
    }

    private static func run(_ program: URL, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
