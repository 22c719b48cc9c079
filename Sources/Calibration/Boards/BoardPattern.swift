/// A flat calibration board.
public struct BoardPattern: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// Bare squares.
        case chessboard
        /// Squares with ArUco markers in the bright ones, so that part of the board is enough.
        case charuco(ArucoDictionary, markerShare: Double)
    }

    public let kind: Kind
    /// Inner corners along the board's two sides.
    public let columns: Int
    public let rows: Int
    /// Side of a square in metres.
    public let squareMetres: Double

    public static let sizeLimit = 100

    /// - Parameters:
    ///   - columns: inner corners along one side: one less than squares.
    ///   - rows: inner corners along the other.
    /// - Throws: ``CalibrationError/invalidParameter(name:detail:)``.
    public static func chessboard(
        columns: Int, rows: Int, squareMetres: Double
    ) throws(CalibrationError) -> BoardPattern {
        try BoardPattern(kind: .chessboard, columns: columns, rows: rows, squareMetres: squareMetres)
    }

    /// - Parameters:
    ///   - squaresX: squares, not corners, along one side, as ChArUco boards are described.
    ///   - squaresY: squares along the other.
    ///   - markerShare: side of a marker by the side of a square.
    /// - Throws: ``CalibrationError/invalidParameter(name:detail:)``.
    public static func charuco(
        squaresX: Int, squaresY: Int, squareMetres: Double, markerShare: Double, dictionary: ArucoDictionary
    ) throws(CalibrationError) -> BoardPattern {
        guard 0.3...0.95 ~= markerShare else {
            throw .invalidParameter(
                name: "marker", detail: "a marker takes 0.3 to 0.95 of its square's side, not \(markerShare)")
        }
        guard squaresX * squaresY / 2 <= dictionary.count else {
            throw .invalidParameter(
                name: "charuco",
                detail: "\(dictionary.name) has \(dictionary.count) markers, the board needs \(squaresX * squaresY / 2)"
            )
        }
        return try BoardPattern(
            kind: .charuco(dictionary, markerShare: markerShare), columns: squaresX - 1, rows: squaresY - 1,
            squareMetres: squareMetres)
    }

    private init(kind: Kind, columns: Int, rows: Int, squareMetres: Double) throws(CalibrationError) {
        guard 2...Self.sizeLimit ~= columns, 2...Self.sizeLimit ~= rows, columns * rows >= 6 else {
            throw .invalidParameter(
                name: "board",
                detail: "\(columns)x\(rows) inner corners; 3x2 to \(Self.sizeLimit)x\(Self.sizeLimit) can be used")
        }
        guard squareMetres > 0, squareMetres.isFinite, squareMetres < 100 else {
            throw .invalidParameter(name: "square", detail: "\(squareMetres) m is no side of a square")
        }
        self.kind = kind
        self.columns = columns
        self.rows = rows
        self.squareMetres = squareMetres
    }

    /// The place of a corner on the board, in metres; the board's z points away from who looks at it.
    public func place(column: Int, row: Int) -> SIMD2<Double> {
        SIMD2(Double(column), Double(row)) * squareMetres
    }

    /// Places of all corners, row by row.
    public var places: [SIMD2<Double>] {
        (0..<rows).flatMap { row in (0..<columns).map { place(column: $0, row: row) } }
    }
}
