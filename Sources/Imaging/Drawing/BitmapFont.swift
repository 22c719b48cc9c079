/// The letters that are drawn on pictures: a bitmap font of our own, ASCII 32 to 126, 5x9 pixels in cells of 6x10.
///
/// Seven rows stand above the base line, two hang below. Twofold and threefold sizes are smoothed along diagonals, so
/// that strokes stay strokes instead of stairs.
struct BitmapFont: Sendable {
    static let glyphWidth = 5
    static let glyphHeight = 9
    static let advance = 6
    static let lineHeight = 10

    /// The font in 1x, 2x and 3x.
    static let sizes: [BitmapFont] = (1...3).map(BitmapFont.init(scale:))

    let scale: Int
    /// One byte per pixel, 0 or 1, row by row, glyph after glyph.
    private let pixels: [UInt8]

    private init(scale: Int) {
        self.scale = scale
        pixels = Self.glyphs.flatMap { bits in
            let glyph = (0..<45).map { UInt8(bits >> (44 - UInt64($0)) & 1) }
            return Self.enlarge(glyph, by: scale)
        }
    }

    /// Whether a pixel of a character is set; characters outside the font show as a question mark.
    func isSet(_ character: UInt8, x: Int, y: Int) -> Bool {
        let index = 32...126 ~= character ? Int(character) - 32 : 31
        let width = Self.glyphWidth * scale
        return pixels[(index * Self.glyphHeight * scale + y) * width + x] != 0
    }

    /// Enlarges by the rules of Scale2x and Scale3x (A. Mazzoleni 2001): a corner of an enlarged pixel takes the
    /// neighbours' value where the two that touch it agree and the opposite ones do not.
    private static func enlarge(_ glyph: [UInt8], by scale: Int) -> [UInt8] {
        func pixel(_ x: Int, _ y: Int) -> UInt8 {
            0..<glyphWidth ~= x && 0..<glyphHeight ~= y ? glyph[y * glyphWidth + x] : 0
        }
        let width = glyphWidth * scale
        return (0..<width * glyphHeight * scale).map { position in
            let (column, row) = (position % width, position / width)
            let (x, y) = (column / scale, row / scale)
            // -1, 0, 1: which side of the enlarged pixel this is.
            let (dx, dy) = (side(column % scale, scale), side(row % scale, scale))
            guard dx != 0 && dy != 0 else { return pixel(x, y) }
            let (horizontal, vertical) = (pixel(x + dx, y), pixel(x, y + dy))
            let isCorner =
                horizontal == vertical && horizontal != pixel(x - dx, y) && vertical != pixel(x, y - dy)
            return isCorner ? horizontal : pixel(x, y)
        }
    }

    private static func side(_ position: Int, _ scale: Int) -> Int {
        scale == 1 ? 0 : position == 0 ? -1 : position == scale - 1 ? 1 : 0
    }

    /// 45 bits per glyph: nine rows of five, from the top left; the first of a row is the highest.
    private static let glyphs: [UInt64] = [
        0x000000000000, 0x042108401000, 0x0a5280000000, 0x0a57d5f52800, 0x047d1c5f1000,  //   ! " # $
        0x19c88889cc00, 0x0c9511593400, 0x042100000000, 0x022210820800, 0x082084222000,  // % & ' ( )
        0x00255d520000, 0x00213e420000, 0x000000031844, 0x00001c000000, 0x000000031800,  // * + , - .
        0x010888884000, 0x0e8ceb98b800, 0x046508427c00, 0x0e884c887c00, 0x0e884c18b800,  // / 0 1 2 3
        0x0232a5f10800, 0x1f878218b800, 0x06443d18b800, 0x1f0884421000, 0x0e8c5d18b800,  // 4 5 6 7 8
        0x0e8c5e113000, 0x003180630000, 0x003180630880, 0x022220820800, 0x0007c1f00000,  // 9 : ; < =
        0x082082222000, 0x0e8844401000, 0x0e8deb783800, 0x045463f8c400, 0x1e8c7d18f800,  // > ? @ A B
        0x0e8c2108b800, 0x1e8c6318f800, 0x1f843d087c00, 0x1f843d084000, 0x0e8c2f18bc00,  // C D E F G
        0x118c7f18c400, 0x0e2108423800, 0x071084293000, 0x119531494400, 0x108421087c00,  // H I J K L
        0x11dd6b18c400, 0x11ce6b39c400, 0x0e8c6318b800, 0x1e8c7d084000, 0x0e8c63593400,  // M N O P Q
        0x1e8c7d494400, 0x0f841c10f800, 0x1f2108421000, 0x118c6318b800, 0x118c62a51000,  // R S T U V
        0x118c6b5dc400, 0x118a88a8c400, 0x118a88421000, 0x1f0888887c00, 0x0e4210843800,  // W X Y Z [
        0x108208208400, 0x0e1084213800, 0x045440000000, 0x0000000003e0, 0x082000000000,  // \ ] ^ _ `
        0x000382f8bc00, 0x1087a318f800, 0x0003e1083c00, 0x010be318bc00, 0x0003a3f83800,  // a b c d e
        0x064a38842000, 0x0003e318bc2e, 0x1085b318c400, 0x040308423800, 0x020184210a4c,  // f g h i j
        0x1084a98a4800, 0x0c2108423800, 0x0006ab5ad400, 0x0005b318c400, 0x0003a318b800,  // k l m n o
        0x0007a318fa10, 0x0003e318bc21, 0x0005b3084000, 0x0003e0e0f800, 0x084790849800,  // p q r s t
        0x00046319b400, 0x000462a51000, 0x00046b5aa800, 0x000454454400, 0x00046319b42e,  // u v w x y
        0x0007c4447c00, 0x022110420800, 0x042108421000, 0x082104422000, 0x00022a200000,  // z { | } ~
    ]
}
