/// The cheapest assignment of rows to columns in which a row may stay alone, in storage that is allocated once.
///
/// Shortest augmenting paths with potentials (Jonker and Volgenant 1987; the rectangular form follows Crouse, On
/// implementing 2D rectangular assignment algorithms, 2016). Leaving a row alone costs ``limit``, so that pairs which cost
/// as much are never made: costs are cut there, and pairs at the cut count as none.
///
/// - Complexity: rows^2 * columns at worst, where rows are the fewer of the two.
public struct Assignment: ~Copyable {
    /// What it costs to leave a row alone.
    public let limit: Float

    private let rowCapacity: Int
    private let columnCapacity: Int
    private let side: Int
    private let costs: UnsafeMutablePointer<Float>
    private let columnOfRow: UnsafeMutablePointer<Int32>
    private let rowOfColumn: UnsafeMutablePointer<Int32>
    private let rowPotential: UnsafeMutablePointer<Float>
    private let columnPotential: UnsafeMutablePointer<Float>
    private let shortest: UnsafeMutablePointer<Float>
    private let previousRow: UnsafeMutablePointer<Int32>
    private let isRowVisited: UnsafeMutablePointer<Bool>
    private let isColumnVisited: UnsafeMutablePointer<Bool>
    public private(set) var rowCount = 0
    public private(set) var columnCount = 0

    /// - Precondition: the capacities are positive.
    public init(rowCapacity: Int, columnCapacity: Int, limit: Float) {
        precondition(rowCapacity > 0 && columnCapacity > 0, "an assignment needs rows and columns")
        self.limit = limit
        self.rowCapacity = rowCapacity
        self.columnCapacity = columnCapacity
        side = max(rowCapacity, columnCapacity)
        costs = .allocate(capacity: rowCapacity * columnCapacity)
        columnOfRow = .allocate(capacity: side)
        rowOfColumn = .allocate(capacity: side)
        rowPotential = .allocate(capacity: side)
        columnPotential = .allocate(capacity: side)
        shortest = .allocate(capacity: side)
        previousRow = .allocate(capacity: side)
        isRowVisited = .allocate(capacity: side)
        isColumnVisited = .allocate(capacity: side)
    }

    deinit {
        costs.deallocate()
        columnOfRow.deallocate()
        rowOfColumn.deallocate()
        rowPotential.deallocate()
        columnPotential.deallocate()
        shortest.deallocate()
        previousRow.deallocate()
        isRowVisited.deallocate()
        isColumnVisited.deallocate()
    }

    /// Begins a problem of that size, in which nothing fits yet.
    ///
    /// - Precondition: the counts do not exceed the capacities.
    public mutating func begin(rows: Int, columns: Int) {
        precondition(rows >= 0 && rows <= rowCapacity && columns >= 0 && columns <= columnCapacity)
        rowCount = rows
        columnCount = columns
        costs.initialize(repeating: limit, count: rows * columns)
        columnOfRow.initialize(repeating: -1, count: side)
        rowOfColumn.initialize(repeating: -1, count: side)
    }

    /// The cost of a pair; ``limit`` or more for pairs that must not be made.
    public mutating func setCost(_ cost: Float, row: Int, column: Int) {
        precondition(row >= 0 && row < rowCount && column >= 0 && column < columnCount)
        costs[row &* columnCount &+ column] = min(cost, limit)
    }

    /// The column of a row after ``solve()``, or nil where it stayed alone.
    public func column(ofRow row: Int) -> Int? {
        precondition(row >= 0 && row < rowCount)
        let column = Int(columnOfRow[row])
        return column >= 0 ? column : nil
    }

    /// Finds the cheapest assignment.
    public mutating func solve() {
        guard rowCount > 0, columnCount > 0 else { return }
        // The side with fewer elements is assigned completely; pairs at the limit are undone below.
        let isTransposed = rowCount > columnCount
        let (fewer, more) = isTransposed ? (columnCount, rowCount) : (rowCount, columnCount)
        let assigned = isTransposed ? rowOfColumn : columnOfRow
        let owner = isTransposed ? columnOfRow : rowOfColumn
        rowPotential.initialize(repeating: 0, count: fewer)
        columnPotential.initialize(repeating: 0, count: more)
        let (rowStep, columnStep) = isTransposed ? (1, columnCount) : (columnCount, 1)
        for row in 0..<fewer {
            augment(
                from: row, fewer: fewer, more: more, rowStep: rowStep, columnStep: columnStep, assigned: assigned,
                owner: owner)
        }
        for row in 0..<rowCount {
            let column = Int(columnOfRow[row])
            if column >= 0, costs[row * columnCount + column] >= limit {
                columnOfRow[row] = -1
                rowOfColumn[column] = -1
            }
        }
    }

    /// Assigns one more row along the shortest path of reduced costs to a free column.
    private func augment(
        from start: Int, fewer: Int, more: Int, rowStep: Int, columnStep: Int,
        assigned: UnsafeMutablePointer<Int32>, owner: UnsafeMutablePointer<Int32>
    ) {
        shortest.initialize(repeating: .infinity, count: more)
        isRowVisited.initialize(repeating: false, count: fewer)
        isColumnVisited.initialize(repeating: false, count: more)
        var row = start
        var length: Float = 0
        var sink = -1
        while sink < 0 {
            isRowVisited[row] = true
            var nearest = Float.infinity
            var next = -1
            let line = costs + row &* rowStep
            for column in 0..<more where !isColumnVisited[column] {
                let through = length + line[column &* columnStep] - rowPotential[row] - columnPotential[column]
                if through < shortest[column] {
                    shortest[column] = through
                    previousRow[column] = Int32(row)
                }
                if shortest[column] < nearest || (shortest[column] == nearest && owner[column] < 0) {
                    nearest = shortest[column]
                    next = column
                }
            }
            length = nearest
            isColumnVisited[next] = true
            if owner[next] < 0 { sink = next } else { row = Int(owner[next]) }
        }
        rowPotential[start] += length
        for row in 0..<fewer where isRowVisited[row] && row != start {
            rowPotential[row] += length - shortest[Int(assigned[row])]
        }
        for column in 0..<more where isColumnVisited[column] {
            columnPotential[column] -= length - shortest[column]
        }
        // Turns the path around: each row on it takes the column by which it was reached.
        var column = sink
        while true {
            let row = Int(previousRow[column])
            owner[column] = Int32(row)
            let freed = Int(assigned[row])
            assigned[row] = Int32(column)
            if row == start { return }
            column = freed
        }
    }
}
