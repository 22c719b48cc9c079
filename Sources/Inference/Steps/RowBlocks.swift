/// How steps that compute maps row by row cut them into tasks. All cut alike, so that steps of as many rows can be run one
/// block after the other.
struct RowBlocks {
    let rows: Int
    let rowsPerTask: Int

    /// Enough blocks for a few workers to share evenly, large enough that a block's start costs nothing.
    init(rows: Int) {
        self.rows = rows
        rowsPerTask = max(1, min(8, (rows + 7) / 8))
    }

    var count: Int { (rows + rowsPerTask - 1) / rowsPerTask }

    func rows(of block: Int) -> Range<Int> { (block * rowsPerTask)..<min((block + 1) * rowsPerTask, rows) }
}
