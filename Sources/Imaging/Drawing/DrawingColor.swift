/// A colour to draw with, in sRGB bytes.
public struct DrawingColor: Hashable, Sendable {
    public var red: UInt8
    public var green: UInt8
    public var blue: UInt8

    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    public static let black = DrawingColor(red: 0, green: 0, blue: 0)
    public static let white = DrawingColor(red: 255, green: 255, blue: 255)

    /// Black or white, whichever is easier to read on this colour.
    public var contrasting: DrawingColor { relativeLuminance > 0.18 ? .black : .white }

    /// Linear luminance of BT.709 primaries, 0...1, as WCAG 2.1 defines contrast by.
    private var relativeLuminance: Double {
        func linear(_ value: UInt8) -> Double {
            let share = Double(value) / 255
            // The sRGB curve, near enough as a power for choosing between two colours.
            return share * share * (0.7 + 0.3 * share)
        }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    /// A colour of its own for each class or track: hues a golden angle apart, so that neighbours differ.
    public static func distinct(_ index: Int) -> DrawingColor {
        let hue = (Double(index) * 0.618_033_988_75 + 0.33).truncatingRemainder(dividingBy: 1) * 6
        let position = hue < 0 ? hue + 6 : hue
        func channel(_ offset: Double) -> UInt8 {
            let distance = abs((position + offset).truncatingRemainder(dividingBy: 6) - 3) - 1
            return UInt8((70 + 185 * min(1, max(0, distance))).rounded())
        }
        return DrawingColor(red: channel(0), green: channel(4), blue: channel(2))
    }

    /// The samples of this colour in a YUV picture.
    func samples(in color: ColorDescription) -> (y: UInt8, u: UInt8, v: UInt8) {
        let m = color.fromRGB
        let (r, g, b) = (Int32(red), Int32(green), Int32(blue))
        func rounded(_ sum: Int32, _ offset: Int32) -> UInt8 { UInt8(min(255, max(0, (sum + 0x4000) >> 15 + offset))) }
        return (
            rounded(m.y_from_red * r + m.y_from_green * g + m.y_from_blue * b, m.y_offset),
            rounded(m.u_from_red * r + m.u_from_green * g + m.u_from_blue * b, 128),
            rounded(m.v_from_red * r + m.v_from_green * g + m.v_from_blue * b, 128)
        )
    }
}
