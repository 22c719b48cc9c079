/// A drawing in SVG, with a frame, ticks and a title: just enough for the calibration page.
struct SVGPlot {
    let width: Double
    let height: Double
    private var body = ""

    static let ink = "#1b2733"
    static let soft = "#8a97a5"
    static let grid = "#d7dde3"
    static let blue = "#1f6fb2"
    static let red = "#c8452f"

    init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }

    var text: String {
        "<svg viewBox=\"0 0 \(Self.number(width)) \(Self.number(height))\" role=\"img\">\(body)</svg>"
    }

    static func number(_ value: Double) -> String {
        let rounded = (value * 100).rounded() / 100
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }

    static func escape(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }

    mutating func line(
        _ from: SIMD2<Double>, _ to: SIMD2<Double>, color: String = SVGPlot.grid, thickness: Double = 1
    ) {
        let n = Self.number
        body +=
            "<line x1=\"\(n(from.x))\" y1=\"\(n(from.y))\" x2=\"\(n(to.x))\" y2=\"\(n(to.y))\" "
            + "stroke=\"\(color)\" stroke-width=\"\(n(thickness))\"/>"
    }

    mutating func rectangle(
        _ corner: SIMD2<Double>, _ size: SIMD2<Double>, fill: String, opacity: Double = 1, title: String? = nil
    ) {
        let n = Self.number
        body +=
            "<rect x=\"\(n(corner.x))\" y=\"\(n(corner.y))\" width=\"\(n(size.x))\" height=\"\(n(size.y))\" "
            + "fill=\"\(fill)\" fill-opacity=\"\(n(opacity))\">"
        if let title { body += "<title>\(Self.escape(title))</title>" }
        body += "</rect>"
    }

    mutating func frame(_ corner: SIMD2<Double>, _ size: SIMD2<Double>) {
        let n = Self.number
        body +=
            "<rect x=\"\(n(corner.x))\" y=\"\(n(corner.y))\" width=\"\(n(size.x))\" height=\"\(n(size.y))\" "
            + "fill=\"none\" stroke=\"\(Self.soft)\"/>"
    }

    mutating func dot(_ center: SIMD2<Double>, radius: Double, color: String, opacity: Double = 1) {
        let n = Self.number
        body +=
            "<circle cx=\"\(n(center.x))\" cy=\"\(n(center.y))\" r=\"\(n(radius))\" fill=\"\(color)\" "
            + "fill-opacity=\"\(n(opacity))\"/>"
    }

    enum Anchor: String {
        case start, middle, end
    }

    mutating func label(
        _ text: String, _ place: SIMD2<Double>, anchor: Anchor = .middle, size: Double = 11, color: String = Self.ink
    ) {
        let n = Self.number
        body +=
            "<text x=\"\(n(place.x))\" y=\"\(n(place.y))\" text-anchor=\"\(anchor.rawValue)\" "
            + "font-size=\"\(n(size))\" fill=\"\(color)\">\(Self.escape(text))</text>"
    }

    /// A polyline through points.
    mutating func path(_ points: [SIMD2<Double>], color: String, thickness: Double = 1) {
        let n = Self.number
        let text = points.map { "\(n($0.x)),\(n($0.y))" }.joined(separator: " ")
        body += "<polyline points=\"\(text)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"\(n(thickness))\"/>"
    }

    /// A round step for about `count` ticks up to a value: 1, 2 or 5 times a power of ten.
    static func tickStep(_ largest: Double, count: Double = 5) -> Double {
        guard largest > 0, largest.isFinite else { return 1 }
        var power = 1.0
        while power * count > largest { power /= 10 }
        while power * 10 * count <= largest { power *= 10 }
        for factor in [1.0, 2, 5, 10] where factor * power * count >= largest { return factor * power }
        return 10 * power
    }
}
