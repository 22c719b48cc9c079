/// Whole pixels of a picture: columns and rows, both half-open.
public struct PixelRegion: Hashable, Sendable {
    public var left: Int
    public var top: Int
    public var right: Int
    public var bottom: Int

    /// - Postcondition: right and bottom are never less than left and top.
    public init(left: Int, top: Int, right: Int, bottom: Int) {
        self.left = left
        self.top = top
        self.right = max(left, right)
        self.bottom = max(top, bottom)
    }

    /// The part that lies in a picture of that size.
    func clipped(width: Int, height: Int) -> PixelRegion {
        func clip(_ value: Int, _ limit: Int) -> Int { min(max(0, value), limit) }
        return PixelRegion(
            left: clip(left, width), top: clip(top, height), right: clip(right, width), bottom: clip(bottom, height))
    }

    var isEmpty: Bool { left >= right || top >= bottom }
}
