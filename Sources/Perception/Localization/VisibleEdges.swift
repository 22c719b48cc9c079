/// Which edges of a box show where the object ends, not where the picture, the bonnet or something nearer begins.
struct VisibleEdges: Sendable, Hashable {
    var left = true
    var right = true
    var top = true
    var bottom = true

    /// Distance from the picture's edge, pixels, within which a box counts as cut.
    private static let margin: Float = 2.5

    /// - Parameter bonnetRow: the row in which the own bonnet begins.
    init(_ box: BoundingBox, frameWidth: Float, frameHeight: Float, bonnetRow: Float) {
        left = box.x1 > Self.margin
        right = box.x2 < frameWidth - Self.margin
        top = box.y1 > Self.margin
        bottom = box.y2 < min(frameHeight, bonnetRow) - Self.margin
    }

    /// Takes into account what another box hides. A box whose lower edge lies lower stands nearer.
    mutating func hide(_ box: BoundingBox, behind other: BoundingBox) {
        guard other.y2 > box.y2 + 0.02 * box.height else { return }
        let width = min(box.x2, other.x2) - max(box.x1, other.x1)
        let height = min(box.y2, other.y2) - max(box.y1, other.y1)
        guard width > 0, height > 0 else { return }
        let shareOfWidth = width / max(box.width, 1)
        let shareOfHeight = height / max(box.height, 1)
        if shareOfWidth > 0.2, other.y1 < box.y2 { bottom = false }
        if shareOfWidth > 0.6, other.y1 < box.y1 + 0.05 * box.height { top = false }
        if shareOfHeight > 0.3, other.x1 < box.x1, other.x2 > box.x1 { left = false }
        if shareOfHeight > 0.3, other.x2 > box.x2, other.x1 < box.x2 { right = false }
    }
}
