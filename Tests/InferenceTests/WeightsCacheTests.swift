import Foundation
import ONNX
import Operators
import SightlineInference
import Testing
import Tensors

@Suite("Cache of packed weights")
struct WeightsCacheTests {
    private static func withFolder(_ body: (_ path: String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "sightline-weights-\(UUID().uuidString)/deep/er"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private static func engine(_ graph: StaticGraph, _ path: String, _ bound: Int = 1 << 30) throws -> Engine {
        let cache = WeightsCache(directory: path, maximumByteCount: bound)
        return try Engine(graph, options: EngineOptions(threads: 1, weightsCache: cache))
    }

    private static func output(_ engine: Engine) throws -> Tensor {
        let picture = SmallNetwork.builder().samples.values.first!
        try engine.setInput(0, to: picture)
        try engine.run()
        return engine.outputTensor(0)
    }

    private static func files(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    @Test("the first engine writes the file, the next one reads it, and both compute the same")
    func writtenThenRead() throws {
        try Self.withFolder { path in
            let graph = try SmallNetwork.graph()
            let expected = try Self.output(try Engine(graph, options: EngineOptions(threads: 1)))
            for outcome in [WeightsCache.Outcome.created, .loaded, .loaded] {
                let engine = try Self.engine(graph, path)
                #expect(engine.weightsCacheOutcome == outcome)
                #expect(try Self.output(engine) == expected)
            }
            #expect(try Self.files(path).count == 1)
        }
    }

    @Test("a file that was cut or changed anywhere is made anew, silently and rightly", arguments: 0..<24)
    func damaged(seed: Int) throws {
        try Self.withFolder { path in
            let graph = try SmallNetwork.graph()
            let expected = try Self.output(try Self.engine(graph, path))
            let file = path + "/" + (try Self.files(path)[0])
            let original = try Data(contentsOf: URL(fileURLWithPath: file))
            var random = Random(seed: UInt64(seed))
            var bytes = original
            switch seed % 3 {
            case 0: bytes.removeLast(random.integer(1...bytes.count))
            case 1: bytes[random.integer(0...(seed < 12 ? 63 : bytes.count - 1))] ^= 1 << (seed % 8)
            default: bytes.append(contentsOf: [1, 2, 3])
            }
            try bytes.write(to: URL(fileURLWithPath: file))
            let engine = try Self.engine(graph, path)
            guard case .rebuilt = engine.weightsCacheOutcome else {
                // Header bytes that mean nothing may change without harm.
                #expect(seed % 3 == 1 && engine.weightsCacheOutcome == .loaded)
                return
            }
            #expect(try Self.output(engine) == expected)
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == original)
        }
    }

    @Test("another network, other weights, other outputs and another instruction set have files of their own")
    func keys() throws {
        try Self.withFolder { path in
            var graph = try SmallNetwork.graph()
            _ = try Self.engine(graph, path)
            let weights = try #require(
                graph.graph.initializers.first { $0.value.elementType == .int8 && $0.value.elementCount > 100 })
            var changed = weights.value
            changed.withMutableElements(as: Int8.self) { $0[0] ^= 1 }
            graph.graph.initializers[weights.key] = changed
            let engine = try Self.engine(graph, path)
            #expect(engine.weightsCacheOutcome == .created)
            let pool = try #require(graph.graph.nodes.first { $0.operatorType == "MaxPool" }).outputs[0]
            let cache = WeightsCache(directory: path)
            for options in [
                EngineOptions(threads: 1, outputs: [pool], weightsCache: cache),
                EngineOptions(threads: 1, instructionSet: "portable", weightsCache: cache),
            ] where options.instructionSet == nil || InstructionSets.available.count > 1 {
                #expect(try Engine(graph, options: options).weightsCacheOutcome == .created)
            }
            #expect(try Self.files(path).count == (InstructionSets.available.count > 1 ? 4 : 3))
        }
    }

    @Test("what was used longest ago is removed when the folder grows beyond its bound")
    func bound() throws {
        try Self.withFolder { path in
            let graphs = try (0..<4).map { try SmallNetwork.builder(seed: UInt64($0)).graph.specialized() }
            _ = try Self.engine(graphs[0], path)
            let first = try Self.files(path)[0]
            let size = try Data(contentsOf: URL(fileURLWithPath: path + "/" + first)).count
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -1000)], ofItemAtPath: path + "/" + first)
            for graph in graphs.dropFirst() { _ = try Self.engine(graph, path, 3 * size + 100) }
            let files = try Self.files(path)
            #expect(files.count == 3 && !files.contains(first))
        }
    }

    @Test("engines made at the same time on many threads agree, and leave one sound file")
    func concurrent() async throws {
        let path = NSTemporaryDirectory() + "sightline-weights-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let graph = try SmallNetwork.graph()
        try await withThrowingTaskGroup(of: Tensor.self) { group in
            for _ in 0..<8 { group.addTask { try Self.output(try Self.engine(graph, path)) } }
            var outputs: [Tensor] = []
            for try await output in group { outputs.append(output) }
            #expect(outputs.allSatisfy { $0 == outputs[0] })
        }
        #expect(try Self.files(path).count == 1)
        #expect(try Self.engine(graph, path).weightsCacheOutcome == .loaded)
    }

    @Test("a folder that cannot be written is no reason to fail")
    func unwritable() throws {
        let engine = try Self.engine(try SmallNetwork.graph(), "/proc/nowhere")
        guard case .unwritable(let reason) = engine.weightsCacheOutcome else {
            Issue.record("\(engine.weightsCacheOutcome)")
            return
        }
        #expect(!reason.isEmpty)
    }
}
