/// A distance inside a buffer whose pitch is not settled yet.
///
/// While a network is being lowered it is still open whether a feature map becomes a slice of a wider one (which changes
/// the distance between pixels) and how wide a border its readers need (which changes the distance between rows). So
/// distances are kept as a sum of units and become numbers when memory is planned.
struct SymbolicStride: Hashable, Sendable {
    var element = 0
    var pixel = 0
    var row = 0
    var image = 0

    static let zero = SymbolicStride()

    static func elements(_ count: Int) -> SymbolicStride { SymbolicStride(element: count) }

    static func * (stride: SymbolicStride, factor: Int) -> SymbolicStride {
        SymbolicStride(
            element: stride.element * factor, pixel: stride.pixel * factor, row: stride.row * factor,
            image: stride.image * factor)
    }

    static func + (left: SymbolicStride, right: SymbolicStride) -> SymbolicStride {
        SymbolicStride(
            element: left.element + right.element, pixel: left.pixel + right.pixel, row: left.row + right.row,
            image: left.image + right.image)
    }

    /// Whether this is a longer distance than `other`, as far as units tell: images are longer than rows and so on.
    func isLonger(than other: SymbolicStride) -> Bool {
        (abs(image), abs(row), abs(pixel), abs(element))
            > (abs(other.image), abs(other.row), abs(other.pixel), abs(other.element))
    }
}
