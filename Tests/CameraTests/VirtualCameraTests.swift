import Foundation
import TestSupport
import Testing

/// The camera module on real V4L2 drivers. Time is simulated there, so that what is said about seconds holds on any machine.
@Suite(
    "Camera on the kernel's virtual camera", .serialized,
    .enabled(if: VirtualMachine.isAvailable, Comment(rawValue: VirtualMachine.absence)))
struct VirtualCameraTests {
    /// Runs trials; each that did not succeed is an issue.
    private func run(_ device: String, _ names: [String] = [], expected: Int) throws {
        let outcome = try VirtualMachine.run(
            ["-t", "300", "--", VirtualMachine.program("camera-trials"), "run", device] + names)
        for line in outcome.lines where line.hasPrefix("not ok") { Issue.record("\(line)") }
        let succeeded = outcome.lines.count { $0.hasPrefix("ok") }
        #expect(succeeded == expected, "\(succeeded) of \(expected) trials: \(outcome.errors)")
    }

    @Test("formats and colours, every fault that the driver can have, 100 unplug cycles, a minute without a leak")
    func singlePlanar() throws {
        let listed = Process()
        let pipe = Pipe()
        listed.executableURL = URL(fileURLWithPath: VirtualMachine.program("camera-trials"))
        listed.arguments = ["list"]
        listed.standardOutput = pipe
        try listed.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        listed.waitUntilExit()
        try run("/dev/video0", expected: text.split(separator: "\n").count)
    }

    @Test("a camera with the multi-planar interface works through libv4l2's plug-in")
    func multiPlanar() throws {
        try run("/dev/video1", ["colours-NV12", "colours-YUYV", "unplug", "stream-error"], expected: 4)
    }
}
