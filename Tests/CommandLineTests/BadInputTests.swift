import Foundation
import ONNX
import TestSupport
import Testing

@Suite("Bad input on the command line", .serialized)
struct BadInputTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// One line that starts with the program's name, and the exit code.
    private func expectRefusal(
        _ outcome: SightlineProcess.Outcome, status: Int32, mentions: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: sourceLocation)
        let lines = outcome.errors.split(separator: "\n")
        #expect(lines.count == 1, "\(outcome.errors)", sourceLocation: sourceLocation)
        #expect(outcome.errors.contains(mentions), "\(outcome.errors)", sourceLocation: sourceLocation)
    }

    @Test("a file that is not there is wrong use")
    func missing() throws {
        expectRefusal(
            try SightlineProcess(["model", "inspect", folder.file("none.onnx")]).finish(), status: 2,
            mentions: "none.onnx")
    }

    @Test("garbage instead of a network, a drive, a picture or a configuration is damaged input")
    func garbage() throws {
        let network = folder.file("good.onnx")
        try SmallNetworks.road().write(to: network)
        let bytes = Data((0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 / 7) })
        for name in ["bad.onnx", "bad.mp4", "bad.png", "bad.jpg"] {
            try bytes.write(to: URL(fileURLWithPath: folder.file(name)))
        }
        try Data("road: [1, 2".utf8).write(to: URL(fileURLWithPath: folder.file("bad.yaml")))
        expectRefusal(
            try SightlineProcess(["model", "inspect", folder.file("bad.onnx")]).finish(), status: 3,
            mentions: "bad.onnx")
        for name in ["bad.mp4", "bad.png", "bad.jpg"] {
            let outcome = try SightlineProcess(
                ["replay", folder.file(name), "--quiet", "--detection", "none", "--road", network]
            ).finish()
            expectRefusal(outcome, status: 3, mentions: name)
        }
        let outcome = try SightlineProcess(["replay", "x.mp4", "--config", folder.file("bad.yaml")]).finish()
        expectRefusal(outcome, status: 3, mentions: "bad.yaml:")
    }

    @Test("a misspelt key in the configuration is named with its line")
    func misspeltKey() throws {
        try Data("name: front\nroda: {model: a.onnx}\n".utf8).write(to: URL(fileURLWithPath: folder.file("c.yaml")))
        expectRefusal(
            try SightlineProcess(["replay", "x.mp4", "--config", folder.file("c.yaml")]).finish(), status: 3,
            mentions: "c.yaml:2:7: unknown key \"roda\"")
    }

    @Test("a network in the wrong role is wrong use, and says what it is")
    func wrongRole() throws {
        let network = folder.file("road.onnx")
        try SmallNetworks.road().write(to: network)
        try SmallDrive.write(folder.file("drive.mp4"), frames: 2)
        let outcome = try SightlineProcess(
            ["replay", folder.file("drive.mp4"), "--quiet", "--detection", network, "--road", "none"]
        ).finish()
        expectRefusal(outcome, status: 2, mentions: "detection")
    }

    @Test("an unknown option teaches the right use")
    func unknownOption() throws {
        let outcome = try SightlineProcess(["replay", "--sped", "1", "x.mp4"]).finish()
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("--sped"))
    }

    @Test("truncated and altered networks are refused or run, never crash")
    func alteredNetworks() throws {
        let path = folder.file("net.onnx")
        try SmallNetworks.detection().write(to: path)
        let good = try Data(contentsOf: URL(fileURLWithPath: path))
        var generator = SeededGenerator(seed: 11)
        for round in 0..<40 {
            var bytes = round % 2 == 0 ? good : good.prefix(Int(generator.next() % UInt64(good.count)))
            if !bytes.isEmpty {
                bytes[Int(generator.next() % UInt64(bytes.count))] ^= UInt8(1 << (generator.next() % 8))
            }
            try bytes.write(to: URL(fileURLWithPath: path))
            let outcome = try SightlineProcess([
                "model", "bench", path, "--runs", "1", "--warmup", "0", "--threads", "1",
            ]).finish()
            #expect(outcome.status == 0 || outcome.status == 3, "\(outcome.status): \(outcome.errors)")
        }
    }
}
