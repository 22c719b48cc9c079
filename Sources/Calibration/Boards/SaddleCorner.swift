/// A point where two dark and two bright squares meet.
struct SaddleCorner {
    var position: SIMD2<Double>
    /// Directions, in radians, of the four edges that leave the corner, in order of increasing angle (clockwise on the
    /// screen, because y points down).
    var edges: [Double]
    /// Whether the picture becomes brighter where `edges[0]` is crossed in the direction of increasing angle; the others
    /// alternate.
    var firstEdgeBrightens: Bool
    /// Difference between bright and dark.
    var contrast: Double

    func brightens(_ edge: Int) -> Bool { firstEdgeBrightens == (edge % 2 == 0) }
}
