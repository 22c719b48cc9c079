/// Corners that were found to form a grid: each has a row and a column, counted from the first corner's.
struct CornerGrid {
    struct Place: Hashable {
        var row: Int
        var column: Int
    }

    /// Positions in the picture; columns turn towards rows clockwise on the screen.
    var corners: [Place: SIMD2<Double>]
    /// Whether the square right of and below place (0, 0), between it and (1, 1), is bright.
    var firstSquareIsBright: Bool

    var rows: ClosedRange<Int> {
        let rows = corners.keys.map(\.row)
        return (rows.min() ?? 0)...(rows.max() ?? 0)
    }

    var columns: ClosedRange<Int> {
        let columns = corners.keys.map(\.column)
        return (columns.min() ?? 0)...(columns.max() ?? 0)
    }

    /// Whether the square whose smallest corner is at a place is bright.
    func isBright(_ place: Place) -> Bool { firstSquareIsBright == ((place.row + place.column) % 2 == 0) }

    /// The position of a place: found, or continued from its neighbours on a line.
    func position(_ place: Place) -> SIMD2<Double>? { corners[place] }
}
