import Platform
import TestSupport
import Testing

import Runtime

@Suite("Budget planner")
struct BudgetPlannerTests {
    private static let millisecond: Int64 = 1_000_000
    private static let period: Int64 = 33 * millisecond

    /// Drives a planner through frames of simulated costs.
    private struct Simulation {
        var planner: BudgetPlanner
        /// Nanoseconds of each network's variants.
        var costs: [[Int64]]
        var frame = 0
        var choices: [NetworkChoice] = []

        init(
            _ policies: [NetworkPolicy], costs: [[Int64]], budget: Int64?, lanes: [Int]? = nil, seeded: Bool = true
        ) {
            self.costs = costs
            planner = BudgetPlanner(
                zip(policies, costs).enumerated().map { ($1.0, lanes?[$0] ?? 0, $1.1.count) },
                options: budget.map { BudgetOptions(budget: $0) })
            guard seeded else { return }
            for (index, variants) in costs.enumerated() {
                for (variant, cost) in variants.enumerated() {
                    planner.seed(index, variant: variant, nanoseconds: cost)
                }
            }
        }

        /// One frame; networks of one lane after the other, slices to the deadline.
        ///
        /// - Returns: when the last network ended, nanoseconds from capture.
        @discardableResult
        mutating func step(late: Int64 = 0) -> Int64 {
            let capture = MonotonicTime(nanoseconds: Int64(frame) * BudgetPlannerTests.period + 1_000_000_000)
            frame += 1
            var now = capture + late
            planner.beginFrame(capture: capture, now: now, period: BudgetPlannerTests.period)
            choices = Array(repeating: .rest, count: costs.count)
            for index in planner.order {
                let choice = planner.choose(index, now: now)
                choices[index] = choice
                switch choice {
                case .run(let variant):
                    now = now + costs[index][variant]
                    planner.finishedRun(index, variant: variant, nanoseconds: costs[index][variant])
                case .slice:
                    now = max(now, planner.sliceDeadline(index))
                    planner.slicedRun(index, finished: nil)
                case .rest: break
                }
            }
            planner.endFrame(overhead: 0)
            return now - capture
        }
    }

    private static func milliseconds(_ values: [[Int64]]) -> [[Int64]] { values.map { $0.map { $0 * millisecond } } }

    @Test("without a budget every network runs in full on every frame that its rate asks for")
    func unlimited() {
        let policies = [NetworkPolicy(), NetworkPolicy(rate: RunRate(every: 3))]
        var simulation = Simulation(policies, costs: Self.milliseconds([[500], [500]]), budget: nil)
        var runs = [0, 0]
        for _ in 0..<30 {
            simulation.step()
            for index in 0..<2 where simulation.choices[index] == .run(variant: 0) { runs[index] += 1 }
        }
        #expect(runs == [30, 10])
    }

    @Test("what fits runs in full, and the more important network is served first")
    func priorities() {
        let policies = [NetworkPolicy(priority: 1), NetworkPolicy(priority: 2)]
        var simulation = Simulation(policies, costs: Self.milliseconds([[20], [10]]), budget: 33 * Self.millisecond)
        simulation.step()
        #expect(simulation.planner.order == [1, 0])
        #expect(simulation.choices == [.run(variant: 0), .run(variant: 0)])
        // 15 + 20 do not fit: the less important one gives way.
        simulation.costs[1] = [15 * Self.millisecond]
        for _ in 0..<10 { simulation.step() }
        #expect(simulation.choices == [.rest, .run(variant: 0)])
    }

    @Test("a cheaper variant takes the place of one that does not fit")
    func cheaper() {
        let policies = [NetworkPolicy(priority: 2), NetworkPolicy(priority: 1)]
        var simulation = Simulation(
            policies, costs: Self.milliseconds([[20], [25, 12, 6]]), budget: 33 * Self.millisecond)
        simulation.step()
        #expect(simulation.choices == [.run(variant: 0), .run(variant: 1)])
    }

    @Test("a frame that starts late runs less, and the next one in time runs as before")
    func lateFrame() {
        var simulation = Simulation(
            [NetworkPolicy()], costs: Self.milliseconds([[20, 8]]), budget: 33 * Self.millisecond)
        for _ in 0..<40 { simulation.step() }
        simulation.step(late: 20 * Self.millisecond)
        #expect(simulation.choices == [.run(variant: 1)])
        simulation.step(late: 30 * Self.millisecond)
        #expect(simulation.choices == [.rest])
        simulation.step()
        #expect(simulation.choices == [.run(variant: 0)])
    }

    @Test("after load the full variant comes back only once it has had room for the whole patience")
    func hysteresis() throws {
        var simulation = Simulation(
            [NetworkPolicy()], costs: Self.milliseconds([[20, 8]]), budget: 33 * Self.millisecond)
        for _ in 0..<80 { simulation.step() }
        // The full variant costs too much for a while: four runs of 64 are enough to know.
        simulation.costs = Self.milliseconds([[40, 16]])
        var framesUntilCheaper = 0
        while simulation.choices != [.run(variant: 1)] {
            simulation.step()
            framesUntilCheaper += 1
            try #require(framesUntilCheaper < 10)
        }
        simulation.costs = Self.milliseconds([[20, 8]])
        var framesUntilFull = 0
        while simulation.choices != [.run(variant: 0)] {
            simulation.step()
            framesUntilFull += 1
            try #require(framesUntilFull < 500)
        }
        let patience = try #require(simulation.planner.options).patience
        #expect(framesUntilFull > patience)
        // And it stays: no flicker.
        for _ in 0..<200 {
            simulation.step()
            #expect(simulation.choices == [.run(variant: 0)])
        }
    }

    @Test("a step up that is taken back makes the next one wait longer, so that a plan at the limit settles")
    func backoff() {
        var level = NetworkLevel(variants: 2, patience: 10)
        var steps: [Int] = []
        for frame in 0..<2000 {
            let before = level.level
            // As soon as the full variant runs, it turns out not to fit.
            level.update(fitting: before == 0 ? 1 : 0, comfortable: 0)
            if level.level < before { steps.append(frame) }
        }
        let gaps = zip(steps, steps.dropFirst()).map { $1 - $0 }
        #expect(gaps.count > 5)
        #expect(zip(gaps, gaps.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(gaps.last.map { $0 >= 160 } == true)
    }

    @Test("a result that would grow too old puts its network first, and only then")
    func overdue() {
        let policies = [
            NetworkPolicy(priority: 2),
            NetworkPolicy(priority: 1, rate: RunRate(maximumAge: 200 * Self.millisecond), carriesResults: true),
        ]
        var simulation = Simulation(
            policies, costs: Self.milliseconds([[25, 10], [20]]), budget: 33 * Self.millisecond)
        var roadFrames: [Int] = []
        for frame in 0..<60 {
            simulation.step()
            guard simulation.choices[1] == .run(variant: 0) else { continue }
            roadFrames.append(frame)
            // The frame is the road's; what is left goes to the cheaper detection.
            #expect(simulation.choices[0] == .run(variant: 1))
        }
        #expect(roadFrames.first == 0)
        let gaps = zip(roadFrames, roadFrames.dropFirst()).map { Int64($1 - $0) * Self.period }
        #expect(gaps.allSatisfy { $0 <= 200 * Self.millisecond })
        #expect(gaps.allSatisfy { $0 > 130 * Self.millisecond })
    }

    @Test("a network that may be spread takes what others leave, until it is done")
    func slices() {
        let policies = [NetworkPolicy(priority: 2), NetworkPolicy(priority: 1, spreads: true)]
        var simulation = Simulation(policies, costs: Self.milliseconds([[20], [60]]), budget: 33 * Self.millisecond)
        for _ in 0..<20 {
            let end = simulation.step()
            #expect(simulation.choices == [.run(variant: 0), .slice])
            #expect(end <= 33 * Self.millisecond)
        }
    }

    @Test(
        "slices leave the next frame its time: with a budget longer than a frame's period the important network keeps running"
    )
    func slicesEndWithThePeriod() {
        let policies = [NetworkPolicy(priority: 2), NetworkPolicy(priority: 1, spreads: true)]
        var planner = BudgetPlanner(
            policies.map { ($0, 0, 1) }, options: BudgetOptions(budget: 60 * Self.millisecond))
        planner.seed(0, variant: 0, nanoseconds: 20 * Self.millisecond)
        planner.seed(1, variant: 0, nanoseconds: 90 * Self.millisecond)
        let capture = MonotonicTime(nanoseconds: 1_000_000_000)
        planner.beginFrame(capture: capture, now: capture, period: Self.period)
        #expect(planner.choose(0, now: capture) == .run(variant: 0))
        #expect(planner.choose(1, now: capture + 20 * Self.millisecond) == .slice)
        #expect(planner.sliceDeadline(1) == capture + Self.period)
        // A fiftieth of the budget is kept in reserve.
        #expect(planner.networkDeadline == capture + 60 * Self.millisecond * 49 / 50)
    }

    @Test("networks side by side each have the whole frame")
    func lanes() {
        let policies = [NetworkPolicy(priority: 2), NetworkPolicy(priority: 1)]
        var planner = BudgetPlanner(
            [(policies[0], 0, 1), (policies[1], 1, 1)], options: BudgetOptions(budget: 33 * Self.millisecond))
        planner.seed(0, variant: 0, nanoseconds: 30 * Self.millisecond)
        planner.seed(1, variant: 0, nanoseconds: 30 * Self.millisecond)
        let now = MonotonicTime(nanoseconds: 1_000_000_000)
        planner.beginFrame(capture: now, now: now, period: Self.period)
        #expect(planner.choose(0, now: now) == .run(variant: 0))
        #expect(planner.choose(1, now: now) == .run(variant: 0))
    }

    @Test("a network that cannot fit even an idle frame runs all the same: late results, but results")
    func hopeless() {
        var simulation = Simulation(
            [NetworkPolicy()], costs: Self.milliseconds([[80, 50]]), budget: 33 * Self.millisecond)
        for _ in 0..<5 {
            simulation.step()
            #expect(simulation.choices == [.run(variant: 1)])
        }
    }

    @Test(
        "whatever the costs, no run is begun that is predicted to end behind the deadline, unless nothing else could run"
    )
    func neverLate() {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<200 {
            let variants = (0..<2).map { _ in Int.random(in: 1...3, using: &random) }
            let costs = variants.map { count in
                (0..<count).map { _ in Int64.random(in: 1...40, using: &random) * Self.millisecond }.sorted(by: >)
            }
            let policies = (0..<2).map { _ in
                NetworkPolicy(
                    priority: Int.random(in: 0...3, using: &random),
                    rate: RunRate(
                        every: Int.random(in: 1...3, using: &random),
                        maximumAge: Bool.random(using: &random) ? 100 * Self.millisecond : nil),
                    spreads: Bool.random(using: &random))
            }
            let budget = Int64.random(in: 5...60, using: &random) * Self.millisecond
            var simulation = Simulation(policies, costs: costs, budget: budget)
            for _ in 0..<50 {
                let late = Int64.random(in: 0...10, using: &random) * Self.millisecond
                let end = simulation.step(late: late)
                let isForced = costs.contains { ($0.last ?? 0) > budget - 10 * Self.millisecond }
                #expect(end <= max(budget, late) || isForced)
            }
        }
    }
}
