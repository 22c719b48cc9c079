import Messages

/// Text of a small SVG drawing. Coordinates are pixels of its view box.
struct SVGDrawing {
    let width: Double
    let height: Double
    private var body = ""

    init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }

    /// How text is aligned with its point.
    enum Anchor: String {
        case start
        case middle
        case end
    }

    var text: String {
        "<svg viewBox=\"0 0 \(Self.number(width)) \(Self.number(height))\" role=\"img\">\(body)</svg>\n"
    }

    /// A filled rectangle; `title` is shown when the pointer rests on it.
    mutating func rectangle(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, fill: String, title: String? = nil
    ) {
        let end = title.map { "><title>\(Self.escaped($0))</title></rect>" } ?? "/>"
        body +=
            "<rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(max(width, 0)))\" "
            + "height=\"\(Self.number(max(height, 0)))\" fill=\"\(fill)\"\(end)"
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, style: String) {
        body +=
            "<line x1=\"\(Self.number(x1))\" y1=\"\(Self.number(y1))\" x2=\"\(Self.number(x2))\" "
            + "y2=\"\(Self.number(y2))\" class=\"\(style)\"/>"
    }

    mutating func polyline(_ points: [(x: Double, y: Double)], style: String) {
        let list = points.map { "\(Self.number($0.x)),\(Self.number($0.y))" }.joined(separator: " ")
        body += "<polyline points=\"\(list)\" class=\"\(style)\"/>"
    }

    mutating func label(_ text: String, _ x: Double, _ y: Double, anchor: Anchor = .start, style: String = "label") {
        body +=
            "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" text-anchor=\"\(anchor.rawValue)\" "
            + "class=\"\(style)\">\(Self.escaped(text))</text>"
    }

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    private static func number(_ value: Double) -> String {
        let text = fixedDecimal(value, digits: 2)
        return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
    }
}
