import Foundation
import Testing

@Suite("sightline camera, run and doctor without a camera")
struct CameraCommandTests {
    @Test("a device that is not there is one line that names it, and exit code 2")
    func noDevice() throws {
        for arguments in [["camera", "info", "/dev/video77"], ["camera", "snapshot", "77", "/tmp/never.jpg"]] {
            let outcome = try SightlineProcess.run(arguments)
            #expect(outcome.status == 2 && outcome.output.isEmpty)
            #expect(outcome.errors.hasPrefix("sightline: /dev/video77: no such device; "))
            #expect(outcome.errors.split(separator: "\n").count == 1)
        }
    }

    @Test("a path that is no V4L2 device is refused as such")
    func otherDevice() throws {
        let outcome = try SightlineProcess.run(["camera", "info", "/dev/null"])
        #expect(outcome.status == 2)
        #expect(outcome.errors == "sightline: /dev/null: not a V4L2 device; see `sightline camera list`\n")
    }

    @Test("sizes, controls and picture names that make no sense are wrong use")
    func wrongUse() throws {
        for arguments in [
            ["camera", "info", "0", "--size", "big"], ["camera", "snapshot", "0", "picture.gif"],
            ["camera", "snapshot", "0", "picture.jpg", "--control", "exposure"],
            ["camera", "info", "0", "--format", "MJPEG"],
        ] {
            #expect(try SightlineProcess.run(arguments).status == 2, "\(arguments)")
        }
    }

    @Test("doctor gives a line for each finding, and the same as JSON")
    func doctor() throws {
        let outcome = try SightlineProcess.run(["doctor", "--json"])
        #expect(outcome.status == 0 || outcome.status == 1)
        let findings = try outcome.objects()
        #expect(findings.map { $0["name"] as? String }.contains("rtprio") && findings.count == 10)
        #expect(findings.allSatisfy { ["good", "improvable", "bad"].contains($0["verdict"] as? String ?? "") })
        let text = try SightlineProcess.run(["doctor"])
        #expect(text.status == outcome.status && text.output.contains("memlock: "))
    }
}
