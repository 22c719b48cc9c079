import Glibc

/// Joins corners into grids: from each corner along its edges to the next, where the edge itself is seen between them.
///
/// The board's size need not be known, and part of a board gives part of a grid. The idea of growing a grid from local
/// evidence is that of Geiger et al. (2012); here the evidence is the edge's own contrast.
struct GridBuilder {
    let image: GrayImage
    let corners: [SaddleCorner]

    /// For each corner and each of its four edges, the corner at the other end and the edge that leads back.
    private typealias Links = [[(corner: Int, edge: Int)?]]

    /// Grids of at least two by two corners, largest first.
    func grids() -> [CornerGrid] {
        let links = mutualLinks()
        var visited = [Bool](repeating: false, count: corners.count)
        var grids: [CornerGrid] = []
        for start in corners.indices where !visited[start] {
            if let grid = grow(from: start, links, &visited), grid.corners.count >= 4 { grids.append(grid) }
        }
        return grids.sorted { $0.corners.count > $1.corners.count }
    }

    /// Links that both ends agree on.
    private func mutualLinks() -> Links {
        let index = CellIndex(corners.map(\.position))
        var best: Links = Array(repeating: [nil, nil, nil, nil], count: corners.count)
        for corner in corners.indices {
            for edge in 0..<4 { best[corner][edge] = next(corner, edge, index) }
        }
        var mutual = best
        for corner in corners.indices {
            for edge in 0..<4 {
                guard let link = best[corner][edge] else { continue }
                let back = best[link.corner][link.edge]
                if back?.corner != corner || back?.edge != edge { mutual[corner][edge] = nil }
            }
        }
        return mutual
    }

    /// The nearest corner along an edge that has an edge coming back, with the edge visible all the way.
    private func next(_ corner: Int, _ edge: Int, _ index: CellIndex) -> (corner: Int, edge: Int)? {
        let here = corners[corner]
        let direction = here.edges[edge]
        var candidates: [(distance: Double, corner: Int, edge: Int)] = []
        for other in index.near(here.position, count: 120) where other != corner {
            let offset = corners[other].position - here.position
            let distance = offset.length
            guard distance > 4 else { continue }
            let angle = atan2(offset.y, offset.x)
            guard SaddleDetector.angleBetween(angle, direction).magnitude < 0.25 else { continue }
            for back in 0..<4
            where SaddleDetector.angleBetween(corners[other].edges[back], angle + .pi).magnitude < 0.25
                && corners[other].brightens(back) != here.brightens(edge)
            {
                candidates.append((distance, other, back))
            }
        }
        candidates.sort { $0.distance < $1.distance }
        for candidate in candidates.prefix(8) {
            if isEdge(here, corners[candidate.corner], brightens: here.brightens(edge)) {
                return (candidate.corner, candidate.edge)
            }
        }
        return nil
    }

    /// Whether the picture changes between dark and bright across the line from one corner to another, all along it.
    private func isEdge(_ from: SaddleCorner, _ to: SaddleCorner, brightens: Bool) -> Bool {
        let along = to.position - from.position
        let length = along.length
        // Increasing angle is towards (-y, x).
        let across = SIMD2(-along.y, along.x) / length
        let offset = min(max(0.08 * length, 1.5), 4)
        let least = 0.35 * min(from.contrast, to.contrast)
        for step in 1...7 {
            let share = 0.12 + 0.76 * Double(step - 1) / 6
            let place = from.position + along * share
            // The edge may bend with the lens: its best position within a few pixels counts.
            var largest = -Double.infinity
            for bend in [0.0, -1, 1] {
                let center = place + across * (bend * min(0.05 * length, 3))
                let (ahead, behind) = (center + across * offset, center - across * offset)
                let change = Double(image.sample(ahead.x, ahead.y) - image.sample(behind.x, behind.y))
                largest = max(largest, brightens ? change : -change)
            }
            if largest < least { return false }
        }
        return true
    }

    /// Walks over links in breadth, giving each corner a place; a corner that would get two places ends the walk.
    private func grow(from start: Int, _ links: Links, _ visited: inout [Bool]) -> CornerGrid? {
        // Edge order in steps of a quarter turn: columns, rows, columns back, rows back.
        let steps = [(0, 1), (1, 0), (0, -1), (-1, 0)]
        var places: [Int: (place: CornerGrid.Place, firstEdge: Int)] = [
            start: (CornerGrid.Place(row: 0, column: 0), 0)
        ]
        var taken: [CornerGrid.Place: Int] = [CornerGrid.Place(row: 0, column: 0): start]
        var queue = [start]
        visited[start] = true
        var position = 0
        while position < queue.count {
            let corner = queue[position]
            position += 1
            guard let (place, firstEdge) = places[corner] else { continue }
            for turn in 0..<4 {
                guard let link = links[corner][(firstEdge + turn) % 4] else { continue }
                let next = CornerGrid.Place(row: place.row + steps[turn].0, column: place.column + steps[turn].1)
                if places[link.corner] != nil || taken[next] != nil { continue }
                visited[link.corner] = true
                // The edge that leads back is a half turn on from the one that led here.
                places[link.corner] = (next, (link.edge - turn + 6) % 4)
                taken[next] = link.corner
                queue.append(link.corner)
            }
        }
        // Between edge 0 (columns) and edge 1 (rows) of the first corner lies the square at (0, 0).
        return CornerGrid(
            corners: taken.mapValues { corners[$0].position }, firstSquareIsBright: corners[start].brightens(0))
    }
}

/// Points sorted into square cells, to find those near a place.
private struct CellIndex {
    private let cellSize = 32.0
    private var cells: [SIMD2<Int>: [Int]] = [:]
    private let points: [SIMD2<Double>]

    init(_ points: [SIMD2<Double>]) {
        self.points = points
        for (index, point) in points.enumerated() { cells[cell(point), default: []].append(index) }
    }

    private func cell(_ point: SIMD2<Double>) -> SIMD2<Int> {
        SIMD2(Int((point.x / cellSize).rounded(.down)), Int((point.y / cellSize).rounded(.down)))
    }

    /// About the nearest `count` points: rings of cells are added until there are that many, then one more.
    func near(_ point: SIMD2<Double>, count: Int) -> [Int] {
        let center = cell(point)
        var found: [Int] = []
        var last = 12
        var ring = 0
        while ring <= last {
            for y in -ring...ring {
                for x in -ring...ring where max(x.magnitude, y.magnitude) == ring {
                    found += cells[center &+ SIMD2(x, y)] ?? []
                }
            }
            if found.count >= count, last == 12 { last = ring + 1 }
            ring += 1
        }
        return found
    }
}
