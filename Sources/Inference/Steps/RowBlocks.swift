/// How steps that compute maps row by row cut them into tasks. All cut alike, so that steps of as many rows can be run one
/// block after the other.
struct RowBlocks {
    let rows: Int
    let rowsPerTask: Int

    /// Blocks that two or four workers share evenly, few enough that their starts cost nothing.
    init(rows: Int) {
        self.rows = rows
        rowsPerTask = (1...8).min { Self.cost(of: $0, rows: rows) < Self.cost(of: $1, rows: rows) } ?? 1
    }

    /// What the busiest of two and of four workers does, as a multiple of an even share. Starting a block counts as a quarter of
    /// a row: its rows share loads of weights, which other blocks repeat.
    private static func cost(of rowsPerTask: Int, rows: Int) -> Double {
        let count = (rows + rowsPerTask - 1) / rowsPerTask
        return [2, 4].reduce(0) { cost, workers in
            let blocks = (count + workers - 1) / workers
            let share = Double(rows) / Double(workers)
            return cost + (Double(min(blocks * rowsPerTask, rows)) + Double(blocks) / 4) / share
        }
    }

    var count: Int { (rows + rowsPerTask - 1) / rowsPerTask }

    func rows(of block: Int) -> Range<Int> { (block * rowsPerTask)..<min((block + 1) * rowsPerTask, rows) }
}
