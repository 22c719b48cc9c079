import Foundation
import ONNX
import TestSupport
import Testing

@Suite("sightline profile", .serialized)
struct ProfileTests {
    private let folder: TemporaryFolder
    private let drive: String
    private let arguments: [String]

    init() throws {
        let inputs = try ReplayInputs(rate: 100)
        (folder, drive) = (inputs.folder, inputs.drive)
        arguments = ["profile", drive] + inputs.networks + ["--name", "profile-\(UUID().uuidString.prefix(8))"]
    }

    private func object(_ outcome: SightlineProcess.Outcome) throws -> [String: Any] {
        try #require(try outcome.objects().first, "\(outcome.errors)")
    }

    @Test("one object holds the keys that scripts rely on, with no allocation on the frame path")
    func json() throws {
        let outcome = try SightlineProcess.run(
            arguments + ["--frames", "120", "--json", "--budget", "50ms", "--per-layer"], runtimeDirectory: folder.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let profile = try object(outcome)
        #expect(profile["frames"] as? Int == 120)
        #expect((profile["deadline_ms"] as? NSNumber)?.doubleValue == 50)
        for key in ["dropped", "deadline_misses", "cpu_ms_per_frame", "placement"] {
            #expect(profile[key] != nil, "\(key)")
        }
        #expect((profile["allocations_per_frame"] as? NSNumber)?.doubleValue == 0)
        let stages = try #require(profile["stages"] as? [String: [String: Any]])
        #expect(Set(stages.keys).isSuperset(of: ["wait", "preprocess", "detection", "road", "decode", "publish"]))
        let networks = try #require(profile["networks"] as? [String: [String: Any]])
        #expect(Set(networks.keys) == ["detection", "road"])
        let layers = try #require(networks["road"]?["layers"] as? [[String: Any]])
        #expect(!layers.isEmpty)
        let total = try #require(profile["end_to_end"] as? [String: Any])
        let values = ["p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms"].compactMap {
            (total[$0] as? NSNumber)?.doubleValue
        }
        #expect(values.count == 5 && values == values.sorted())
    }

    @Test("the trace is JSON that Perfetto reads, and the page is whole")
    func traceAndPage() throws {
        let (trace, page) = (folder.file("trace.json"), folder.file("page.html"))
        let outcome = try SightlineProcess.run(
            arguments + ["--frames", "30", "--budget", "50ms", "--trace", trace, "--html", page],
            runtimeDirectory: folder.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("capture to published"))
        let read = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: trace)))
        let events = try #require((read as? [String: Any])?["traceEvents"] as? [[String: Any]])
        #expect(events.allSatisfy { $0["name"] is String && $0["ph"] is String && $0["pid"] is NSNumber })
        let begun = events.filter { $0["ph"] as? String == "b" }
        #expect(begun.count == 30)
        #expect(events.filter { $0["ph"] as? String == "e" }.count == 30)
        // Stages of one thread do not overlap.
        let stages = events.filter { $0["ph"] as? String == "X" && $0["tid"] as? Int == 1 }
        let ends = stages.map {
            (($0["ts"] as? NSNumber)?.doubleValue ?? 0) + (($0["dur"] as? NSNumber)?.doubleValue ?? 0)
        }
        let starts = stages.map { ($0["ts"] as? NSNumber)?.doubleValue ?? 0 }
        #expect(zip(ends, starts.dropFirst()).allSatisfy { $0 <= $1 + 1e-3 })
        let text = try String(contentsOfFile: page, encoding: .utf8)
        #expect(text.hasPrefix("<!doctype html>") && text.hasSuffix("</html>\n"))
        #expect(text.components(separatedBy: "<svg").count == text.components(separatedBy: "</svg>").count)
        #expect(!text.contains("<script") && !text.contains("http"))
    }

    @Test("a run is compared with an earlier one; files that are no profile are refused")
    func comparison() throws {
        let before = folder.file("before.json")
        let first = try SightlineProcess.run(
            arguments + ["--frames", "120", "--json"], runtimeDirectory: folder.path)
        try Data(first.output.utf8).write(to: URL(fileURLWithPath: before))
        let second = try SightlineProcess.run(
            arguments + ["--frames", "120", "--compare", before], runtimeDirectory: folder.path)
        #expect(second.output.contains("Mann-Whitney"))
        // Whether something became slower depends on the machine; both ends are good ones.
        #expect([0, 1].contains(second.status), "\(second.errors)")
        try Data("{\"frames\": 3}".utf8).write(to: URL(fileURLWithPath: before))
        let refused = try SightlineProcess.run(
            arguments + ["--frames", "20", "--compare", before], runtimeDirectory: folder.path)
        #expect(refused.status == 3)
        #expect(refused.errors.contains("block_medians_ms"))
    }

    @Test(
        "options that make no sense are wrong use",
        arguments: [["--budget", "fast"], ["--speed", "0"], ["--frames", "0"]])
    func wrongUse(options: [String]) throws {
        #expect(try SightlineProcess.run(arguments + options).status == 2)
    }
}
