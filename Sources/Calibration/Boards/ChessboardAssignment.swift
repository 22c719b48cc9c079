/// Fits a whole chessboard of known size into a grid of corners.
struct ChessboardAssignment {
    let columns: Int
    let rows: Int

    /// Most corners, as a share of the board's, that may be found by continuing the grid from its neighbours.
    private let fillShare = 0.12

    func assign(_ grid: CornerGrid, _ image: GrayImage) -> [BoardFinder.Assignment]? {
        let total = columns * rows
        guard grid.corners.count >= Int(Double(total) * (1 - fillShare)) else { return nil }
        var best: (orientation: GridOrientation, found: Int)?
        for turn in 0..<4 {
            let size = turn % 2 == 0 ? (rows, columns) : (columns, rows)
            // A board whose edge row was missed may stick out by one.
            for row in (grid.rows.lowerBound - 1)...max(grid.rows.lowerBound - 1, grid.rows.upperBound - size.0 + 2) {
                for column
                    in (grid.columns.lowerBound - 1)...max(
                        grid.columns.lowerBound - 1, grid.columns.upperBound - size.1 + 2)
                {
                    let orientation = GridOrientation(
                        columns: columns, rows: rows, turn: turn, origin: .init(row: row, column: column))
                    let found = orientation.places.count { grid.corners[$0] != nil }
                    if found > (best?.found ?? 0) || (found == best?.found && isPreferred(orientation, best, grid)) {
                        best = (orientation, found)
                    }
                }
            }
        }
        guard let best, total - best.found <= Int(Double(total) * fillShare) else { return nil }
        var filled = grid
        guard fill(best.orientation.places, &filled, image) else { return nil }
        var result: [BoardFinder.Assignment] = []
        for row in 0..<rows {
            for column in 0..<columns {
                guard let pixel = filled.corners[best.orientation.place(column: column, row: row)] else { return nil }
                result.append(.init(column: column, row: row, pixel: pixel))
            }
        }
        return result
    }

    /// Of the ways to lay the board, the one whose first square is dark; where both are, the one with the origin further
    /// up and left.
    private func isPreferred(
        _ orientation: GridOrientation, _ best: (orientation: GridOrientation, found: Int)?, _ grid: CornerGrid
    ) -> Bool {
        guard let best else { return true }
        let (dark, bestDark) = (!grid.isBright(orientation.firstSquare), !grid.isBright(best.orientation.firstSquare))
        if dark != bestDark { return dark }
        guard let origin = grid.corners[orientation.place(column: 0, row: 0)],
            let bestOrigin = grid.corners[best.orientation.place(column: 0, row: 0)]
        else { return false }
        return origin.x + origin.y < bestOrigin.x + bestOrigin.y
    }

    /// Finds missing corners near where the grid continues to.
    private func fill(_ places: [CornerGrid.Place], _ grid: inout CornerGrid, _ image: GrayImage) -> Bool {
        var detector = SaddleDetector()
        detector.radii = [3]
        detector.leastContrast = 6
        let refiner = CornerRefiner(image: image)
        var missing = places.filter { grid.corners[$0] == nil }
        while !missing.isEmpty {
            var left: [CornerGrid.Place] = []
            for place in missing {
                guard let guess = grid.continued(to: place),
                    let position = refiner.refine(guess, halfWindow: 4), (position - guess).length < 4,
                    detector.ringCheck(position, image) != nil
                else {
                    left.append(place)
                    continue
                }
                grid.corners[place] = position
            }
            if left.count == missing.count { return false }
            missing = left
        }
        return true
    }
}

extension CornerGrid {
    /// Where a corner should be: in the middle of its neighbours on a line, or as far on as they are apart; the mean of all
    /// lines that tell.
    func continued(to place: Place) -> SIMD2<Double>? {
        var guesses: [SIMD2<Double>] = []
        for (row, column) in [(0, 1), (1, 0)] {
            func corner(_ steps: Int) -> SIMD2<Double>? {
                corners[Place(row: place.row + steps * row, column: place.column + steps * column)]
            }
            if let before = corner(-1), let after = corner(1) {
                guesses.append((before + after) / 2)
                continue
            }
            for side in [1, -1] {
                guard let near = corner(side), let far = corner(2 * side) else { continue }
                // Three tell how the steps grow with perspective.
                if let farther = corner(3 * side) {
                    guesses.append(near * 3 - far * 3 + farther)
                } else {
                    guesses.append(near * 2 - far)
                }
            }
        }
        return guesses.isEmpty ? nil : guesses.reduce(SIMD2(0, 0), +) / Double(guesses.count)
    }
}
