import Testing

@testable import Perception

@Suite struct JointFilterTests {
    @Test func twoMeasurementsOfOneQuantityAreWeighedByTheirVariances() {
        var filter = JointFilter(sharedVariances: [4], blockSize: 6, blockCapacity: 1)
        var row = JointFilter.Row()
        row.add(0, 1)
        filter.update(row, surprise: 2, variance: 4, gate: .infinity)
        #expect(abs(filter.state[0] - 1) < 1e-12)
        #expect(abs(filter.covariance(0, 0) - 2) < 1e-12)
        filter.update(row, surprise: 3 - filter.state[0], variance: 2, gate: .infinity)
        #expect(abs(filter.state[0] - 2) < 1e-12)
        #expect(abs(filter.covariance(0, 0) - 1) < 1e-12)
    }

    @Test func whatTwoBlocksShareCorrelatesThem() {
        var filter = JointFilter(sharedVariances: [1], blockSize: 6, blockCapacity: 2)
        let blocks = [filter.addBlock { _ in 1 }, filter.addBlock { _ in 1 }]
        for block in blocks {
            var row = JointFilter.Row()
            row.add(0, 1)
            row.add(filter.base(block), 1)
            filter.update(row, surprise: 0.5, variance: 0.01, gate: .infinity)
        }
        #expect(filter.covariance(filter.base(0), filter.base(1)) > 0.2)
        // Averaging over blocks does not make the shared error small.
        var sum = JointFilter.Row()
        sum.add(filter.base(0), 0.5)
        sum.add(filter.base(1), 0.5)
        #expect(filter.variance(sum) > 0.3)
    }

    @Test func aSharedQuantityThatIsToldAnewTakesTheOthersAlongAsTheyDependOnIt() {
        var filter = JointFilter(sharedVariances: [1, 2], blockSize: 6, blockCapacity: 1)
        let block = filter.addBlock { _ in 1 }
        let place = filter.base(block)
        var row = JointFilter.Row()
        row.add(0, 1)
        row.add(1, 1)
        row.add(place, 0.5)
        filter.update(row, surprise: 0.8, variance: 0.05, gate: .infinity)
        let before = (filter.state[0], filter.state[1], filter.state[place])
        let slopes = (filter.covariance(1, 0), filter.covariance(place, 0), filter.covariance(0, 0))
        // What is left of another's variance once the first is known.
        func rest(_ index: Int) -> Double {
            filter.covariance(index, index) - filter.covariance(index, 0) * filter.covariance(index, 0)
                / filter.covariance(0, 0)
        }
        let rests = (rest(1), rest(place))
        filter.revise(0, mean: -0.3, variance: 0.4)
        #expect(abs(filter.state[0] + 0.3) < 1e-12 && abs(filter.covariance(0, 0) - 0.4) < 1e-12)
        let change = -0.3 - before.0
        #expect(abs(filter.state[1] - (before.1 + slopes.0 / slopes.2 * change)) < 1e-12)
        #expect(abs(filter.state[place] - (before.2 + slopes.1 / slopes.2 * change)) < 1e-12)
        #expect(abs(filter.covariance(1, 0) / 0.4 - slopes.0 / slopes.2) < 1e-12)
        #expect(abs(filter.covariance(place, 0) - filter.covariance(0, place)) < 1e-12)
        #expect(abs(rest(1) - rests.0) < 1e-12 && abs(rest(place) - rests.1) < 1e-12)
    }

    @Test func removingABlockKeepsTheOthers() {
        var filter = JointFilter(sharedVariances: [1, 2], blockSize: 6, blockCapacity: 3)
        for value in 0..<3 {
            let block = filter.addBlock { Double(10 * value + $0 + 1) }
            filter.state[filter.base(block)] = Double(value)
        }
        filter.removeBlock(0)
        #expect(filter.blockCount == 2)
        #expect(filter.state[filter.base(0)] == 2)
        #expect(filter.covariance(filter.base(0), filter.base(0)) == 21)
        #expect(filter.state[filter.base(1)] == 1)
        #expect(filter.covariance(filter.base(1) + 5, filter.base(1) + 5) == 16)
        #expect(filter.covariance(1, 1) == 2)
    }

    @Test func aWildMeasurementIsLeftOut() {
        var filter = JointFilter(sharedVariances: [1], blockSize: 6, blockCapacity: 1)
        var row = JointFilter.Row()
        row.add(0, 1)
        #expect(filter.update(row, surprise: 100, variance: 1, gate: 3) == false)
        #expect(filter.state[0] == 0)
        #expect(filter.update(row, surprise: 6, variance: 1, gate: 3) == true)
        #expect(filter.state[0] < 3)
    }
}
