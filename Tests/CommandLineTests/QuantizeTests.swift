import Foundation
import ONNX
import Tensors
import Testing

@Suite("Quantising and what the file carries")
struct QuantizeTests {
    private let folder: TemporaryFolder
    private var network: String { folder.file("road.int8.onnx") }

    init() throws {
        folder = try TemporaryFolder()
        try SmallNetworks.road().write(to: folder.file("road.onnx"))
        try SmallDrive.write(folder.file("drive.mp4"), frames: 4)
    }

    private func quantize(_ more: [String] = []) throws -> SightlineProcess.Outcome {
        try SightlineProcess.run(
            [
                "model", "quantize", folder.file("road.onnx"), "--data", folder.file("drive.mp4"), "--output", network,
                "--report", folder.file("road.yaml"), "--minimum-ratio=-1000", "--threads", "1",
            ] + more)
    }

    private func bench() throws -> SightlineProcess.Outcome {
        try SightlineProcess(
            ["model", "bench", network, "--runs", "1", "--warmup", "0", "--threads", "1", "--json"],
            environment: ["SIGHTLINE_CACHE": folder.file("weights")]
        ).finish()
    }

    @Test(
        "a quantised file checks itself; its packed weights are kept, and made anew when they are damaged")
    func checksItself() throws {
        let made = try quantize()
        #expect(made.status == 0, "\(made.errors)")
        for expected in ["created", "loaded"] {
            let outcome = try bench()
            #expect(outcome.status == 0, "\(outcome.errors)")
            let report = try #require(try outcome.objects().first)
            #expect(report["weights_cache"] as? String == expected)
            let check = try #require(report["self_check"] as? [String: Any])
            #expect(check["pictures"] as? Int == 3)
            #expect(try #require(check["agreeing"] as? Int) >= 6)
        }
        let file =
            folder.file("weights/") + (try FileManager.default.contentsOfDirectory(atPath: folder.file("weights"))[0])
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: file))
        let outcome = try bench()
        #expect(outcome.status == 0)
        #expect(try outcome.objects().first?["weights_cache"] as? String == "rebuilt")
    }

    @Test("a file with a unit for each channel behind a convolution checks itself, too")
    func unevenChannels() throws {
        try SmallNetworks.unevenRoad().write(to: folder.file("road.onnx"))
        #expect(try quantize().status == 0)
        let graph = try Graph(contentsOf: network)
        #expect(graph.nodes.contains { $0.operatorType == "QuantizeLinear" && $0.attributes["axis"] != nil })
        let outcome = try bench()
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test("a file whose weights were changed is refused, and the layer named")
    func changedWeights() throws {
        #expect(try quantize().status == 0)
        var graph = try Graph(contentsOf: network)
        let (name, tensor) = try #require(
            graph.initializers.first { $0.value.elementType == .int8 && $0.value.elementCount == 6 })
        var weights = tensor
        weights.withMutableElements(as: Int8.self) { $0[3] /= 2 }
        graph.initializers[name] = weights
        try graph.write(to: network)
        let outcome = try bench()
        #expect(outcome.status == 3)
        #expect(outcome.errors.contains("self-check: layer ") && outcome.errors.split(separator: "\n").count == 1)
    }

    @Test("a switch that is no switch is wrong use", arguments: ["loud", "-1", "nan"])
    func wrongScaling(word: String) throws {
        let outcome = try quantize(["--channel-scaling=\(word)"])
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("--channel-scaling"))
    }
}
