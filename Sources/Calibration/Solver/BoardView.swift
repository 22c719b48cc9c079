/// The corners of a flat board as one picture shows them.
public struct BoardView: Hashable, Sendable {
    /// The picture's file name, or the frame's place in a video.
    public var name: String
    /// Corners on the board, in the unit of the square's side.
    public var board: [SIMD2<Double>]
    /// The same corners in the picture, centre-based pixels.
    public var pixels: [SIMD2<Double>]

    /// - Precondition: as many places on the board as pixels.
    public init(name: String, board: [SIMD2<Double>], pixels: [SIMD2<Double>]) {
        precondition(board.count == pixels.count)
        self.name = name
        self.board = board
        self.pixels = pixels
    }

    /// The view without the corners at the given positions.
    func removing(_ corners: Set<Int>) -> BoardView {
        let kept = board.indices.filter { !corners.contains($0) }
        return BoardView(name: name, board: kept.map { board[$0] }, pixels: kept.map { pixels[$0] })
    }
}

/// Where a board is: takes board coordinates (its plane is z = 0) to camera optical axes.
public struct BoardPose: Hashable, Sendable {
    public var rotation: Matrix3
    public var translation: SIMD3<Double>

    public init(rotation: Matrix3, translation: SIMD3<Double>) {
        self.rotation = rotation
        self.translation = translation
    }

    @inline(__always)
    func apply(_ point: SIMD2<Double>) -> SIMD3<Double> { rotation * SIMD3(point, 0) + translation }
}
