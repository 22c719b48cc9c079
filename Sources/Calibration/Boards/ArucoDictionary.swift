/// A set of square markers that can be told apart in any orientation.
public enum ArucoDictionary: String, Hashable, Sendable, CaseIterable {
    case fourBy4With50 = "DICT_4X4_50"
    case fourBy4With100 = "DICT_4X4_100"
    case fourBy4With250 = "DICT_4X4_250"
    case fiveBy5With50 = "DICT_5X5_50"
    case fiveBy5With100 = "DICT_5X5_100"
    case fiveBy5With250 = "DICT_5X5_250"
    case sixBy6With50 = "DICT_6X6_50"
    case sixBy6With100 = "DICT_6X6_100"
    case sixBy6With250 = "DICT_6X6_250"

    /// The name that OpenCV gives it.
    public var name: String { rawValue }

    /// Bits along a marker's side, without its black border.
    public var side: Int {
        switch self {
        case .fourBy4With50, .fourBy4With100, .fourBy4With250: 4
        case .fiveBy5With50, .fiveBy5With100, .fiveBy5With250: 5
        case .sixBy6With50, .sixBy6With100, .sixBy6With250: 6
        }
    }

    /// How many markers there are.
    public var count: Int {
        switch self {
        case .fourBy4With50, .fiveBy5With50, .sixBy6With50: 50
        case .fourBy4With100, .fiveBy5With100, .sixBy6With100: 100
        case .fourBy4With250, .fiveBy5With250, .sixBy6With250: 250
        }
    }

    private var markers: ArraySlice<UInt64> {
        let all =
            switch side {
            case 4: ArucoMarkers.four
            case 5: ArucoMarkers.five
            default: ArucoMarkers.six
            }
        return all.prefix(count)
    }

    /// The marker with these bits in one of its four orientations, one bit of them possibly wrong.
    ///
    /// - Parameter bits: row by row, the first in the highest bit, as seen.
    /// - Returns: the marker's number, and the quarter turns, clockwise on the screen, by which it appears turned.
    func identify(_ bits: UInt64) -> (marker: Int, turns: Int)? {
        var seen = bits
        var near: (marker: Int, turns: Int)?
        for turns in 0..<4 {
            for (marker, code) in markers.enumerated() {
                let distance = (code ^ seen).nonzeroBitCount
                if distance == 0 { return (marker, turns) }
                if distance == 1, near == nil { near = (marker, turns) }
            }
            seen = turnedBack(seen)
        }
        return near
    }

    /// The bits after a quarter turn counter-clockwise.
    private func turnedBack(_ bits: UInt64) -> UInt64 {
        var result: UInt64 = 0
        for row in 0..<side {
            for column in 0..<side {
                // Turned back, the rightmost column becomes the first row.
                let source = column * side + (side - 1 - row)
                let bit = bits >> UInt64(side * side - 1 - source) & 1
                result = result << 1 | bit
            }
        }
        return result
    }
}
