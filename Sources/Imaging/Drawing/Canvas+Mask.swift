extension Canvas {
    /// How one value of a mask is shown.
    public struct MaskPaint: Hashable, Sendable {
        public var color: DrawingColor
        /// 0 hides the value.
        public var opacity: Double

        public init(color: DrawingColor, opacity: Double) {
            self.color = color
            self.opacity = opacity
        }
    }

    /// Tints the picture where a mask says so.
    ///
    /// - Parameters:
    ///   - mask: `width * height` values, row by row.
    ///   - width: columns of the mask.
    ///   - height: its rows.
    ///   - transform: from this picture (the frame) to the mask (the network's input). A mask of the frame's own size has
    ///     the transform of a stretch between equal sizes; a smaller mask of the whole frame that of a stretch.
    ///   - paints: by mask value; values beyond the last stay as they are.
    public func tint(
        mask: UnsafeBufferPointer<UInt8>, width maskWidth: Int, height maskHeight: Int, transform: LetterboxTransform,
        paints: [MaskPaint]
    ) {
        guard maskWidth > 0, maskHeight > 0, mask.count >= maskWidth * maskHeight else { return }
        let alphas = paints.map { Self.alpha($0.opacity) }
        let samples = paints.map { $0.color.samples(in: view.color) }
        func positions(_ count: Int, _ limit: Int, _ map: (Double) -> Double) -> [Int] {
            (0..<count).map { min(limit - 1, max(0, Int(map(Double($0) + 0.5).rounded(.down)))) }
        }
        let columns = positions(width, maskWidth) { transform.networkX(frameX: $0) }
        let rows = positions(height, maskHeight) { transform.networkY(frameY: $0) }
        for y in 0..<height {
            let values = UnsafeBufferPointer(rebasing: mask[rows[y] * maskWidth..<(rows[y] + 1) * maskWidth])
            let row = view.plane(0).row(y)
            for x in 0..<width {
                let value = Int(values[columns[x]])
                guard value < alphas.count, alphas[value] > 0 else { continue }
                if view.format == .rgb24 {
                    mixRGB(row + x * 3, paints[value].color, alphas[value])
                } else {
                    Self.mix(row + x, samples[value].y, alphas[value])
                    // A chroma sample follows its block's first pixel: masks are coarser than chroma anyway.
                    if x & 1 == 0 && y & 1 == 0 {
                        mixChroma(x / 2, y / 2, samples[value].u, samples[value].v, alphas[value])
                    }
                }
            }
        }
    }

    /// One run of equal values of a run-length mask.
    public struct MaskRun: Hashable, Sendable {
        public var value: UInt8
        public var count: Int

        public init(value: UInt8, count: Int) {
            self.value = value
            self.count = count
        }
    }

    /// Tints the picture where a run-length mask says so: runs follow each other row by row, across row ends.
    ///
    /// Runs beyond the mask's size are cut off; what they leave out is 0.
    public func tint(
        runs: [MaskRun], width maskWidth: Int, height maskHeight: Int, transform: LetterboxTransform,
        paints: [MaskPaint]
    ) {
        guard 1...ImageLimits.maximumSide ~= maskWidth, 1...ImageLimits.maximumSide ~= maskHeight else { return }
        var mask = [UInt8](repeating: 0, count: maskWidth * maskHeight)
        var position = 0
        for run in runs where run.count > 0 {
            let end = run.count > mask.count - position ? mask.count : position + run.count
            for i in position..<end { mask[i] = run.value }
            position = end
        }
        mask.withUnsafeBufferPointer {
            tint(mask: $0, width: maskWidth, height: maskHeight, transform: transform, paints: paints)
        }
    }
}
