/// One of the ways in which a board can lie in a grid: turned by quarter turns, and moved.
struct GridOrientation: Hashable {
    /// Inner corners of the board.
    let columns: Int
    let rows: Int
    /// Quarter turns.
    let turn: Int
    /// The grid place of the smallest row and column that the board covers.
    let origin: CornerGrid.Place

    /// The grid's place for a corner of the board.
    func place(column: Int, row: Int) -> CornerGrid.Place {
        let (gridRow, gridColumn) =
            switch turn {
            case 0: (row, column)
            case 1: (column, rows - 1 - row)
            case 2: (rows - 1 - row, columns - 1 - column)
            default: (columns - 1 - column, row)
            }
        return CornerGrid.Place(row: origin.row + gridRow, column: origin.column + gridColumn)
    }

    var places: [CornerGrid.Place] {
        (0..<rows).flatMap { row in (0..<columns).map { place(column: $0, row: row) } }
    }

    /// The grid's square between the board's corners (0, 0) and (1, 1), named by its smallest corner.
    var firstSquare: CornerGrid.Place { square(column: 0, row: 0) }

    /// The grid's square between the board's corners (column, row) and (column + 1, row + 1).
    func square(column: Int, row: Int) -> CornerGrid.Place {
        let (first, opposite) = (place(column: column, row: row), place(column: column + 1, row: row + 1))
        return CornerGrid.Place(row: min(first.row, opposite.row), column: min(first.column, opposite.column))
    }
}
