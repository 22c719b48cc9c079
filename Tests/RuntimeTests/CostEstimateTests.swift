import TestSupport
import Testing

import Runtime

@Suite("Cost estimate")
struct CostEstimateTests {
    @Test("the prediction is the 95th percentile of the last 64 runs, by nearest rank")
    func percentile() {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<50 {
            var estimate = CostEstimate()
            var recorded: [Int64] = []
            for _ in 0..<Int.random(in: 1...200, using: &random) {
                let value = Int64.random(in: 1...1_000_000, using: &random)
                recorded.append(value)
                estimate.record(value)
                let window = recorded.suffix(64).sorted()
                let rank = Int((0.95 * Double(window.count)).rounded(.up))
                #expect(estimate.prediction == window[rank - 1])
                #expect(estimate.minimum == window[0])
            }
        }
    }

    @Test("three outliers among 64 runs do not change it, four do")
    func outliers() {
        var estimate = CostEstimate()
        for _ in 0..<61 { estimate.record(10) }
        for _ in 0..<3 { estimate.record(500) }
        #expect(estimate.prediction == 10)
        estimate.record(500)
        #expect(estimate.prediction == 500)
    }

    @Test("while the work rests, the prediction fades towards the cheapest run, and a new run ends that")
    func fading() {
        var estimate = CostEstimate()
        estimate.record(1000)
        for _ in 0..<9 { estimate.record(3000) }
        #expect(estimate.prediction == 3000)
        for _ in 0..<34 { estimate.rest() }
        #expect(abs(estimate.prediction - 2000) < 20)
        for _ in 0..<1000 { estimate.rest() }
        #expect(estimate.prediction == 1000)
        estimate.record(3000)
        #expect(estimate.prediction == 3000)
    }
}
