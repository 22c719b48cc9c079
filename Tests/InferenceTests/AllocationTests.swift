import CAllocationCounter
import ONNX
import Operators
import SightlineInference
import Testing
import TestSupport

@Suite("Allocations")
struct AllocationTests {
    /// Allocations of the calling thread while `body` runs.
    private static func count(_ body: () throws -> Void) rethrows -> UInt64 {
        sightline_allocations_begin()
        try body()
        return sightline_allocations_end()
    }

    @Test("the counter counts", .enabled(if: sightline_allocations_available() == 1))
    func counterCounts() {
        var kept: [[Int]] = []
        let count = Self.count { for size in 1...10 { kept.append([Int](repeating: size, count: size * 100)) } }
        #expect(count >= 10)
        #expect(kept.count == 10)
    }

    @Test("an inference allocates nothing", .enabled(if: sightline_allocations_available() == 1), arguments: 1...2)
    func nothingPerInference(threads: Int) throws {
        let engine = try Engine(
            try SmallNetwork.graph(), options: EngineOptions(threads: threads, measuresLayers: true))
        #expect(!engine.layers.contains { $0.kind == .reference })
        try engine.run()
        #expect(try Self.count { for _ in 0..<10 { try engine.run() } } == 0)
    }

    @Test(
        "nor does one of a whole detector", .enabled(if: sightline_allocations_available() == 1),
        .enabled(if: SharedFiles.exists("models/peers/yolo11n.ort_int8.onnx"), "\(SharedFiles.absence)"))
    func wholeDetector() throws {
        let graph = try Graph(contentsOf: SharedFiles.path("models/peers/yolo11n.ort_int8.onnx")).specialized()
        let engine = try Engine(graph, options: EngineOptions(threads: 1))
        #expect(engine.layers.filter { $0.kind == .reference }.map(\.name) == [])
        try engine.run()
        #expect(try Self.count { try engine.run() } == 0)
    }
}
