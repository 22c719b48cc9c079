extension Canvas {
    /// The size in pixels of a line of text.
    public static func size(of text: String, scale: Int) -> (width: Int, height: Int) {
        let scale = min(3, max(1, scale))
        return (
            max(0, text.unicodeScalars.count * BitmapFont.advance - 1) * scale, BitmapFont.glyphHeight * scale
        )
    }

    /// The greatest size up to ``comfortableScale`` at which a line of text and its label's margin fit a width; 1 where none does.
    public func scale(fitting text: String, width: Int) -> Int {
        var scale = comfortableScale
        while scale > 1, Self.size(of: text, scale: scale).width + 4 * scale > width { scale -= 1 }
        return scale
    }

    /// Draws a line of text with its top left corner at (x, y).
    ///
    /// - Parameter scale: 1 (5x9 pixels a letter), 2 or 3.
    public func text(_ text: String, x: Int, y: Int, color: DrawingColor, scale: Int = 2) {
        let font = BitmapFont.sizes[min(3, max(1, scale)) - 1]
        let (glyphWidth, glyphHeight) = (BitmapFont.glyphWidth * font.scale, BitmapFont.glyphHeight * font.scale)
        var left = x
        for scalar in text.unicodeScalars {
            let character = UInt8(exactly: scalar.value) ?? 63
            for row in 0..<glyphHeight {
                // Runs instead of pixels: chroma is then mixed by the share that is covered.
                var column = 0
                while column < glyphWidth {
                    guard font.isSet(character, x: column, y: row) else {
                        column += 1
                        continue
                    }
                    let start = column
                    while column < glyphWidth, font.isSet(character, x: column, y: row) { column += 1 }
                    fill(
                        PixelRegion(left: left + start, top: y + row, right: left + column, bottom: y + row + 1),
                        color: color)
                }
            }
            left += BitmapFont.advance * font.scale
        }
    }

    /// Draws text on a filled box, in black or white, whichever reads better on it.
    ///
    /// - Parameters:
    ///   - x: left edge of the box.
    ///   - y: its top edge.
    /// - Returns: the box.
    @discardableResult
    public func label(
        _ text: String, x: Int, y: Int, background: DrawingColor, opacity: Double = 0.9, scale: Int = 2
    ) -> PixelRegion {
        let size = Self.size(of: text, scale: scale)
        let margin = 2 * min(3, max(1, scale))
        // The two rows below the base line serve as the lower margin's better part.
        let box = PixelRegion(
            left: x, top: y, right: x + size.width + 2 * margin, bottom: y + size.height + margin + margin / 2)
        fill(box, color: background, opacity: opacity)
        self.text(text, x: x + margin, y: y + margin, color: background.contrasting, scale: scale)
        return box
    }

    /// Draws a detection: outline, and a label above its top edge or, where there is no room, inside it.
    public func labelledBox(
        _ region: PixelRegion, _ label: String, color: DrawingColor, thickness: Int? = nil, scale: Int? = nil
    ) {
        let scale = scale ?? comfortableScale
        outline(region, color: color, thickness: thickness ?? max(1, scale))
        guard !label.isEmpty else { return }
        let size = Self.size(of: label, scale: scale)
        let margin = 2 * scale
        let (boxWidth, boxHeight) = (size.width + 2 * margin, size.height + margin + margin / 2)
        let left = max(0, min(region.left, width - boxWidth))
        let top = region.top >= boxHeight ? region.top - boxHeight : region.top
        self.label(label, x: left, y: max(0, top), background: color, scale: scale)
    }
}
