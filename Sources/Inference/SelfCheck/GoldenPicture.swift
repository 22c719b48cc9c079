/// The pictures that self-checks compute with: levels from 0 to 255, made by rule, so that no picture is stored.
///
/// A slope across the picture with noise on it, blocks of even colour with sharp edges, and pure noise: between them they
/// reach all levels, all channels, and both smooth and rough places.
enum GoldenPicture: Int, CaseIterable {
    case slope = 0
    case blocks = 1
    case noise = 2

    /// The level of one element.
    ///
    /// - Parameters: the position, of a value that is seen as channels x height x width, and that value's extents.
    func level(channel: Int, row: Int, column: Int, height: Int, width: Int) -> UInt8 {
        let index = UInt64((channel * height + row) * width + column)
        let noise = Int(Self.mixed(index &+ UInt64(rawValue) << 40) >> 56)
        switch self {
        case .slope:
            let across = 160 * column / max(width, 1) + 64 * row / max(height, 1) + 24 * channel
            return UInt8(min(across + noise / 8, 255))
        case .blocks:
            let block = UInt64((channel << 20 | row / 24 << 10 | column / 24) + 1)
            return UInt8(Self.mixed(block) >> 56)
        case .noise:
            return UInt8(noise)
        }
    }

    /// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
