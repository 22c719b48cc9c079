import Imaging

/// Finds a calibration board in a picture.
public struct BoardFinder: Sendable {
    public let pattern: BoardPattern

    public init(pattern: BoardPattern) {
        self.pattern = pattern
    }

    /// The board's corners to a fraction of a pixel.
    ///
    /// - Returns: nil when the board is not seen: a chessboard must be seen whole, of a ChArUco board six corners.
    public func find(in view: ImageView, name: String) -> BoardView? { find(in: GrayImage(view), name: name) }

    func find(in image: GrayImage, name: String) -> BoardView? {
        // The picture as it is, then smaller for big and blurred boards, then larger for tiny ones.
        var level = image
        for exponent in 0...3 {
            if let view = find(in: level, halvings: exponent, of: image, name) { return view }
            guard min(level.width, level.height) >= 400 else { break }
            level = level.halved
        }
        return image.width * image.height <= 1_000_000
            ? find(in: image.doubled, halvings: -1, of: image, name) : nil
    }

    /// Looks for the board at one size of the picture, and puts the corners precisely at full size.
    private func find(in level: GrayImage, halvings: Int, of image: GrayImage, _ name: String) -> BoardView? {
        let builder = GridBuilder(image: level, corners: SaddleDetector().corners(in: level))
        for grid in builder.grids().prefix(4) {
            guard let places = assign(grid, level) else { continue }
            let found = places.map { ($0.board, Self.toFullSize($0.pixel, halvings)) }
            if let view = refined(found, image, name) { return view }
        }
        return nil
    }

    private static func toFullSize(_ pixel: SIMD2<Double>, _ halvings: Int) -> SIMD2<Double> {
        let scale = halvings >= 0 ? Double(1 << halvings) : 1 / Double(1 << -halvings)
        return (pixel + 0.5) * scale - 0.5
    }

    /// A corner of the board and where it is about.
    struct Assignment {
        var column: Int
        var row: Int
        var pixel: SIMD2<Double>
        var board: SIMD2<Int> { SIMD2(column, row) }
    }

    private func assign(_ grid: CornerGrid, _ image: GrayImage) -> [Assignment]? {
        switch pattern.kind {
        case .chessboard:
            ChessboardAssignment(columns: pattern.columns, rows: pattern.rows).assign(grid, image)
        case .charuco(let dictionary, let markerShare):
            CharucoAssignment(
                columns: pattern.columns, rows: pattern.rows, dictionary: dictionary, markerShare: markerShare
            ).assign(grid, image)
        }
    }

    /// Corners put precisely; nil when too many will not settle.
    private func refined(_ found: [(SIMD2<Int>, SIMD2<Double>)], _ image: GrayImage, _ name: String) -> BoardView? {
        let positions = Dictionary(found, uniquingKeysWith: { first, _ in first })
        let refiner = CornerRefiner(image: image)
        var view = BoardView(name: name, board: [], pixels: [])
        for (place, pixel) in found {
            let halfWindow = window(place, pixel, positions)
            guard let position = refiner.refine(pixel, halfWindow: halfWindow),
                (position - pixel).length < Double(halfWindow) * 0.7 + 1
            else { continue }
            view.board.append(pattern.place(column: place.x, row: place.y))
            view.pixels.append(position)
        }
        switch pattern.kind {
        case .chessboard: return view.board.count == pattern.columns * pattern.rows ? view : nil
        case .charuco:
            return view.board.count >= 6 && Homography.fit(from: view.board, to: view.pixels) != nil ? view : nil
        }
    }

    /// Half the window's side: the window must stay clear of the neighbouring corners' edges, which is what spoils the
    /// popular fixed window of 11 on boards that are far away or tilted. ChArUco's markers come nearer than corners.
    private func window(
        _ place: SIMD2<Int>, _ pixel: SIMD2<Double>, _ positions: [SIMD2<Int>: SIMD2<Double>]
    ) -> Int {
        let along = Self.nearest([SIMD2(1, 0), SIMD2(-1, 0)], place, pixel, positions)
        let down = Self.nearest([SIMD2(0, 1), SIMD2(0, -1)], place, pixel, positions)
        var clearance = min(along?.length ?? 20, down?.length ?? 20)
        if let along, let down {
            // The next line of the grid is nearer than the next corner where the grid is slanted.
            let sine = along.cross(down).magnitude / (along.length * down.length)
            clearance *= sine
        }
        if case .charuco(_, let markerShare) = pattern.kind { clearance *= 1 - markerShare }
        return min(max(Int(clearance * 0.45), 2), 10)
    }

    private static func nearest(
        _ offsets: [SIMD2<Int>], _ place: SIMD2<Int>, _ pixel: SIMD2<Double>,
        _ positions: [SIMD2<Int>: SIMD2<Double>]
    ) -> SIMD2<Double>? {
        offsets.compactMap { positions[place &+ $0].map { $0 - pixel } }.min { $0.length < $1.length }
    }
}
