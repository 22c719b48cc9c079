/// Places a grid of corners on a ChArUco board by the markers in its bright squares: each marker says where the whole grid
/// lies, and most votes win. Part of a board is enough.
///
/// Markers are numbered row by row over the bright squares, the board's first square being dark, as OpenCV has drawn
/// boards since 4.6.
struct CharucoAssignment {
    /// Inner corners.
    let columns: Int
    let rows: Int
    let dictionary: ArucoDictionary
    let markerShare: Double

    func assign(_ grid: CornerGrid, _ image: GrayImage) -> [BoardFinder.Assignment]? {
        guard grid.corners.count >= 6 else { return nil }
        var votes: [GridOrientation: Int] = [:]
        for place in grid.corners.keys where grid.isBright(place) {
            guard let seen = marker(in: place, grid, image), let square = squarePlace(ofMarker: seen.marker) else {
                continue
            }
            votes[orientation(square: square, at: place, turns: seen.turns), default: 0] += 1
        }
        let best = votes.max { ($0.value, $1.key.turn) < ($1.value, $0.key.turn) }
        guard let best, best.value >= 2, best.value * 2 > votes.values.reduce(0, +) else { return nil }
        var result: [BoardFinder.Assignment] = []
        for row in 0..<rows {
            for column in 0..<columns {
                guard let pixel = grid.corners[best.key.place(column: column, row: row)] else { continue }
                result.append(.init(column: column, row: row, pixel: pixel))
            }
        }
        return result.count >= 6 ? result : nil
    }

    /// The square of a marker, in columns and rows of squares from the board's first.
    private func squarePlace(ofMarker marker: Int) -> SIMD2<Int>? {
        var number = 0
        for y in 0...rows {
            for x in 0...columns where (x + y) % 2 == 1 {
                if number == marker { return SIMD2(x, y) }
                number += 1
            }
        }
        return nil
    }

    /// How the board lies when the square (x, y) of it is the grid's square at `place`, turned.
    private func orientation(square: SIMD2<Int>, at place: CornerGrid.Place, turns: Int) -> GridOrientation {
        // Square (x, y) lies between the inner corners (x - 1, y - 1) and (x, y).
        let anchored = GridOrientation(
            columns: columns, rows: rows, turn: turns, origin: CornerGrid.Place(row: 0, column: 0))
        let there = anchored.square(column: square.x - 1, row: square.y - 1)
        return GridOrientation(
            columns: columns, rows: rows, turn: turns,
            origin: CornerGrid.Place(row: place.row - there.row, column: place.column - there.column))
    }

    /// The marker in a square of the grid.
    private func marker(in place: CornerGrid.Place, _ grid: CornerGrid, _ image: GrayImage) -> (
        marker: Int, turns: Int
    )? {
        let offsets = [(0, 0), (0, 1), (1, 1), (1, 0)]
        let corners = offsets.compactMap {
            grid.corners[CornerGrid.Place(row: place.row + $0.0, column: place.column + $0.1)]
        }
        let unit = [SIMD2(0.0, 0.0), SIMD2(1.0, 0.0), SIMD2(1.0, 1.0), SIMD2(0.0, 1.0)]
        guard corners.count == 4, let map = Homography.fit(from: unit, to: corners) else { return nil }
        let cells = dictionary.side + 2
        var values: [Double] = []
        for row in 0..<cells {
            for column in 0..<cells { values.append(cellMean(row, column, cells, map, image)) }
        }
        let sorted = values.sorted()
        let (dark, bright) = (sorted[cells], sorted[values.count - 2])
        guard bright - dark > 8 else { return nil }
        let threshold = (dark + bright) / 2
        var (bits, whiteBorder): (UInt64, Int) = (0, 0)
        for row in 0..<cells {
            for column in 0..<cells {
                let isWhite = values[row * cells + column] > threshold
                if row == 0 || column == 0 || row == cells - 1 || column == cells - 1 {
                    whiteBorder += isWhite ? 1 : 0
                } else {
                    bits = bits << 1 | (isWhite ? 1 : 0)
                }
            }
        }
        guard whiteBorder <= 1 else { return nil }
        return dictionary.identify(bits)
    }

    /// The mean brightness of a marker's cell, of nine samples away from its border.
    private func cellMean(_ row: Int, _ column: Int, _ cells: Int, _ map: Matrix3, _ image: GrayImage) -> Double {
        let start = (1 - markerShare) / 2
        let side = markerShare / Double(cells)
        var sum = 0.0
        for y in [0.3, 0.5, 0.7] {
            for x in [0.3, 0.5, 0.7] {
                let pixel = map.mapping(
                    SIMD2(start + (Double(column) + x) * side, start + (Double(row) + y) * side))
                sum += Double(image.sample(pixel.x, pixel.y))
            }
        }
        return sum / 9
    }
}
