import Foundation
import Perception
import Testing

import Evaluation

@Suite("Streaming accuracy")
struct StreamingTests {
    private static let period: Int64 = 100

    private static func box(at x: Double) -> EvaluationBox { EvaluationBox(x: x, y: 10, width: 40, height: 40) }

    /// An object that moves 8 pixels a frame.
    private static let truth: [DriveTruth.Frame] = (0..<20).map {
        DriveTruth.Frame(
            time: Int64($0) * period, truths: [.init(box: box(at: Double($0) * 8), classIndex: 0)])
    }

    private static func claim(at x: Double) -> EvaluationImage.Claim {
        .init(box: box(at: x), score: 0.9, classIndex: 0)
    }

    private static func precision(_ results: [StreamingPairing.Result]) throws -> Double {
        let images = StreamingPairing.images(truth: truth, results: results)
        return try AveragePrecision(images).result().map50To95 ?? 0
    }

    @Test("a moment is judged by the newest result that was out by then, also at the very moment")
    func newest() {
        let results = [130, 250, 250 + 70].map {
            StreamingPairing.Result(published: $0, claims: [Self.claim(at: Double($0))])
        }
        let images = StreamingPairing.images(truth: Array(Self.truth.prefix(5)), results: results.reversed())
        #expect(images.map { $0.claims.first?.box.x } == [nil, nil, 130, 250, 320])
        let exact = StreamingPairing.images(
            truth: Array(Self.truth.prefix(2)), results: [.init(published: 100, claims: [Self.claim(at: 1)])])
        #expect(exact.map(\.claims.count) == [0, 1])
    }

    @Test("perfect boxes lose accuracy with latency, and win it back when they are moved to where the object will be")
    func latency() throws {
        func results(latency: Int64, forecast: Int64) -> [StreamingPairing.Result] {
            Self.truth.map {
                .init(
                    published: $0.time + latency,
                    claims: [Self.claim(at: Double($0.time + forecast) / Double(Self.period) * 8)])
            }
        }
        let prompt = try Self.precision(results(latency: 0, forecast: 0))
        let late = try Self.precision(results(latency: 90, forecast: 0))
        let later = try Self.precision(results(latency: 190, forecast: 0))
        let moved = try Self.precision(results(latency: 90, forecast: 90))
        #expect(prompt == 1)
        #expect(late < prompt && later < late)
        #expect(moved > late)
    }

    @Test("frames that were never processed are judged by older results")
    func skipped() throws {
        let all = Self.truth.map {
            StreamingPairing.Result(published: $0.time, claims: [Self.claim(at: $0.truths[0].box.x)])
        }
        let half = all.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        #expect(try Self.precision(half) < Self.precision(all))
    }

    private func truth(_ text: String) throws -> DriveTruth {
        let path = NSTemporaryDirectory() + "/truth-\(UUID().uuidString).jsonl"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try DriveTruth(contentsOf: path)
    }

    @Test("a truth file gives boxes, classes in their order, and hardly visible objects that do not count")
    func reading() throws {
        let read = try truth(
            """
            {"frame": 0, "time_ns": 0, "speed_mps": 5, "objects": [{"id": 100, "class": "car", "box": [10, 20, 50, 40], "visible_pixels": 800}]}
            {"frame": 1, "time_ns": 66666667, "objects": [{"id": 200, "class": "pedestrian", "box": [1, 2, 3, 5], "visible_pixels": 30}]}

            """)
        #expect(read.names.names == ["car", "pedestrian"])
        #expect(read.frames.map(\.time) == [0, 66_666_667])
        #expect(
            read.frames[0].truths == [.init(box: EvaluationBox(x: 10, y: 20, width: 40, height: 20), classIndex: 0)])
        #expect(read.frames[1].truths.first?.isCrowd == true)
    }

    @Test(
        "damage is refused with the line",
        arguments: [
            "{\"time_ns\": 0}", "{\"time_ns\": 0, \"objects\": [{\"class\": \"car\", \"box\": [1, 2, 1, 4]}]}",
            "nonsense",
            "{\"time_ns\": 5, \"objects\": []}\n{\"time_ns\": 5, \"objects\": []}",
        ])
    func damaged(text: String) {
        #expect {
            try truth(text)
        } throws: { error in
            if case EvaluationError.invalidLine(_, let line, _)? = error as? EvaluationError {
                return line == text.split(separator: "\n").count
            }
            return false
        }
    }
}
