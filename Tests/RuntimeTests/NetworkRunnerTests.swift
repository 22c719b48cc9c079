import Imaging
import Platform
import Testing

import Runtime

@Suite("A network under the budget")
struct NetworkRunnerTests {
    /// A network that takes what it is told to take, in layers of one millisecond, and remembers what it was asked.
    private final class SlowNetwork: FrameNetwork {
        let name = "slow"
        var layers: Int
        private var position = 0
        private(set) var planned: ImageDescription?
        private(set) var prepared = 0
        private(set) var decoded = 0

        init(layers: Int) { self.layers = layers }

        func plan(for source: ImageDescription) throws(RuntimeError) { planned = source }

        func prepare(_ view: ImageView) throws(RuntimeError) { prepared += 1 }

        func decode() throws(RuntimeError) { decoded += 1 }

        private func runLayer() { (MonotonicTime.now + 1_000_000).sleepUntil() }

        func infer(deadline: MonotonicTime?) throws(RuntimeError) -> Bool {
            for _ in 0..<layers {
                if let deadline, .now + 1_000_000 > deadline { return false }
                runLayer()
            }
            return true
        }

        func advance(until moment: MonotonicTime, isNew: Bool) throws(RuntimeError) -> Bool {
            if isNew || position == layers { position = 0 }
            while position < layers {
                if .now + 1_000_000 > moment { return false }
                runLayer()
                position += 1
            }
            return true
        }
    }

    private final class Frames {
        var planner: BudgetPlanner
        let runner: NetworkRunner<SlowNetwork>
        let network: SlowNetwork
        private let picture: ImageBuffer

        init(layers: Int, policy: NetworkPolicy, budget: Int64?) throws {
            network = SlowNetwork(layers: layers)
            planner = BudgetPlanner([(policy, 0, 1)], options: budget.map { BudgetOptions(budget: $0) })
            runner = NetworkRunner(
                NetworkSet(variants: [network], names: ["slow"], policy: policy), stage: .road, index: 0)
            picture = try ImageBuffer(ImageDescription(width: 2, height: 2, format: .rgb24))
        }

        /// One frame, captured just now.
        func step() throws -> NetworkOutcome {
            let now = MonotonicTime.now
            planner.beginFrame(capture: now, now: now, period: 33_000_000)
            runner.choose(&planner, now: now)
            try picture.withView { (view) throws(RuntimeError) in
                try runner.work(view, capture: now, progress: nil)
            }
            runner.record(&planner)
            planner.endFrame(overhead: 0)
            return runner.outcome
        }
    }

    private static let millisecond: Int64 = 1_000_000

    @Test("frames of a new size are planned for by the variants that have not run yet, too")
    func planning() throws {
        let networks = [SlowNetwork(layers: 1), SlowNetwork(layers: 1)]
        let runner = NetworkRunner(
            NetworkSet(variants: networks, names: ["full", "small"], policy: NetworkPolicy()), stage: .detection,
            index: 0)
        let description = ImageDescription(width: 1280, height: 720, format: .nv12)
        try runner.plan(for: description)
        #expect(networks.allSatisfy { $0.planned == description && $0.prepared == 0 })
    }

    @Test("a run that is spread over frames ends with the result of the frame that it began on, and says its age")
    func spread() throws {
        let policy = NetworkPolicy(carriesResults: true, spreads: true)
        let frames = try Frames(layers: 30, policy: policy, budget: 12 * Self.millisecond)
        // Nothing is known of the network yet, so it is begun on the first frame, and stopped at its deadline.
        var outcomes = [try frames.step()]
        #expect(outcomes[0].plan == .skipped && !outcomes[0].hasResult)
        while !outcomes[outcomes.count - 1].isNew && outcomes.count < 30 { outcomes.append(try frames.step()) }
        let last = outcomes[outcomes.count - 1]
        #expect(last.isNew && last.hasResult && last.plan == .carried)
        #expect(last.resultAge > 12 * Self.millisecond)
        #expect(frames.network.prepared == 1 && frames.network.decoded == 1)
        let next = try frames.step()
        #expect(next.plan == .carried && next.hasResult && !next.isNew)
        #expect(frames.network.prepared == 2)
    }

    @Test("a run that cannot be spread is stopped at the deadline, and nothing is told of the frame")
    func stopped() throws {
        let frames = try Frames(layers: 4, policy: NetworkPolicy(), budget: 20 * Self.millisecond)
        #expect(try frames.step().plan == .full)
        frames.network.layers = 60
        let outcome = try frames.step()
        #expect(outcome.plan == .stopped)
        #expect(!outcome.hasResult && !outcome.isNew)
        #expect(frames.network.decoded == 1)
        frames.network.layers = 4
        // The stopped run counts as one of at least its length, until it has faded.
        var next = try frames.step()
        for _ in 0..<200 where next.plan != .full { next = try frames.step() }
        #expect(next.plan == .full)
    }

    @Test("without a budget a network runs to its end, however long it takes")
    func unlimited() throws {
        let frames = try Frames(layers: 50, policy: NetworkPolicy(), budget: nil)
        let outcome = try frames.step()
        #expect(outcome.plan == .full && outcome.predicted == 0)
    }

    @Test("a result is carried for a second at most")
    func carriedTooLong() throws {
        let policy = NetworkPolicy(rate: RunRate(every: 1000), carriesResults: true)
        let frames = try Frames(layers: 1, policy: policy, budget: nil)
        #expect(try frames.step().plan == .full)
        #expect(try frames.step().plan == .carried)
        (MonotonicTime.now + 1_050_000_000).sleepUntil()
        let outcome = try frames.step()
        #expect(outcome.plan == .skipped && !outcome.hasResult)
    }
}
