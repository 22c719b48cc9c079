import Perception
import TestSupport
import Testing

@Suite struct AssignmentTests {
    private static func cost(_ assignment: borrowing Assignment, _ costs: [[Float]]) -> Float {
        var total: Float = 0
        for row in costs.indices {
            total += assignment.column(ofRow: row).map { costs[row][$0] } ?? assignment.limit
        }
        return total
    }

    /// The cheapest total by trying everything.
    private static func cheapest(_ costs: [[Float]], row: Int = 0, used: Set<Int> = [], limit: Float) -> Float {
        guard row < costs.count else { return 0 }
        var best = limit + cheapest(costs, row: row + 1, used: used, limit: limit)
        for column in costs[row].indices where !used.contains(column) && costs[row][column] < limit {
            best = min(
                best,
                costs[row][column] + cheapest(costs, row: row + 1, used: used.union([column]), limit: limit))
        }
        return best
    }

    @Test func theCheapestAssignmentIsFoundWhateverTheShape() {
        var random = SeededGenerator(seed: 5)
        var assignment = Assignment(rowCapacity: 6, columnCapacity: 6, limit: 1)
        for _ in 0..<600 {
            let rows = Int.random(in: 1...6, using: &random)
            let columns = Int.random(in: 1...6, using: &random)
            let costs = (0..<rows).map { _ in
                (0..<columns).map { _ in Float.random(in: 0...1.6, using: &random) }
            }
            assignment.begin(rows: rows, columns: columns)
            for row in 0..<rows {
                for column in 0..<columns { assignment.setCost(costs[row][column], row: row, column: column) }
            }
            assignment.solve()
            let columnsTaken = (0..<rows).compactMap { assignment.column(ofRow: $0) }
            #expect(Set(columnsTaken).count == columnsTaken.count)
            #expect(abs(Self.cost(assignment, costs) - Self.cheapest(costs, limit: 1)) < 1e-5)
        }
    }

    @Test func aPairThatCostsTheLimitIsNotMade() {
        var assignment = Assignment(rowCapacity: 2, columnCapacity: 2, limit: 1)
        assignment.begin(rows: 2, columns: 2)
        assignment.setCost(0.2, row: 0, column: 1)
        assignment.setCost(1, row: 1, column: 0)
        assignment.solve()
        #expect(assignment.column(ofRow: 0) == 1)
        #expect(assignment.column(ofRow: 1) == nil)
    }

    @Test func nothingToAssignIsNoTrouble() {
        var assignment = Assignment(rowCapacity: 3, columnCapacity: 3, limit: 1)
        assignment.begin(rows: 0, columns: 3)
        assignment.solve()
        assignment.begin(rows: 2, columns: 0)
        assignment.solve()
        #expect(assignment.column(ofRow: 1) == nil)
    }
}
