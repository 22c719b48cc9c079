extension Canvas {
    /// A position on a picture in pixels; (0, 0) is the top left corner of the top left pixel.
    public struct Point: Hashable, Sendable {
        public var x: Double
        public var y: Double

        public init(x: Double, y: Double) {
            self.x = x
            self.y = y
        }
    }

    /// Draws lines from each point to the next, with smooth edges and round joints.
    public func polyline(_ points: [Point], color: DrawingColor, thickness: Double = 2, opacity: Double = 1) {
        let usable = points.filter { $0.x.isFinite && $0.y.isFinite && abs($0.x) < 1e6 && abs($0.y) < 1e6 }
        guard let first = usable.first else { return }
        let radius = max(0.5, thickness / 2)
        if usable.count == 1 { fillCapsule(from: first, to: first, radius: radius, color: color, opacity: opacity) }
        for (start, end) in zip(usable, usable.dropFirst()) {
            fillCapsule(from: start, to: end, radius: radius, color: color, opacity: opacity)
        }
    }

    /// Fills a simple polygon (even-odd rule) with smooth edges.
    public func polygon(_ points: [Point], color: DrawingColor, opacity: Double = 1) {
        let usable = points.filter { $0.x.isFinite && $0.y.isFinite && abs($0.x) < 1e6 && abs($0.y) < 1e6 }
        guard usable.count >= 3 else { return }
        let rows = rowRange(usable.map(\.y), margin: 0)
        var crossings: [Double] = []
        fill(rows: rows, color: color, opacity: opacity) { y, add in
            crossings.removeAll(keepingCapacity: true)
            var previous = usable[usable.count - 1]
            for point in usable {
                if (previous.y <= y) != (point.y <= y) {
                    crossings.append(previous.x + (y - previous.y) / (point.y - previous.y) * (point.x - previous.x))
                }
                previous = point
            }
            crossings.sort()
            for pair in stride(from: 0, to: crossings.count - 1, by: 2) { add(crossings[pair], crossings[pair + 1]) }
        }
    }

    /// Fills all points within a radius of a line segment: convex, so each scan line meets it once.
    private func fillCapsule(from a: Point, to b: Point, radius: Double, color: DrawingColor, opacity: Double) {
        let (dx, dy) = (b.x - a.x, b.y - a.y)
        let length = (dx * dx + dy * dy).squareRoot()
        // The sides are the segment moved by the radius along its normal.
        let normal = length > 0 ? Point(x: -dy / length * radius, y: dx / length * radius) : Point(x: 0, y: 0)
        let corners = [
            Point(x: a.x + normal.x, y: a.y + normal.y), Point(x: b.x + normal.x, y: b.y + normal.y),
            Point(x: b.x - normal.x, y: b.y - normal.y), Point(x: a.x - normal.x, y: a.y - normal.y),
        ]
        fill(rows: rowRange([a.y, b.y], margin: radius), color: color, opacity: opacity) { y, add in
            var lower = Double.infinity
            var upper = -Double.infinity
            for center in [a, b] {
                let distance = y - center.y
                guard abs(distance) < radius else { continue }
                let half = (radius * radius - distance * distance).squareRoot()
                lower = min(lower, center.x - half)
                upper = max(upper, center.x + half)
            }
            for i in 0..<4 {
                let (p, q) = (corners[i], corners[(i + 1) % 4])
                guard (p.y <= y) != (q.y <= y) else { continue }
                let x = p.x + (y - p.y) / (q.y - p.y) * (q.x - p.x)
                lower = min(lower, x)
                upper = max(upper, x)
            }
            if lower < upper { add(lower, upper) }
        }
    }

    private func rowRange(_ positions: [Double], margin: Double) -> Range<Int> {
        let lower = max(0, Int(((positions.min() ?? 0) - margin).rounded(.down)))
        let upper = min(height, Int(((positions.max() ?? 0) + margin).rounded(.up)))
        return lower..<max(lower, upper)
    }

    // MARK: - Coverage

    /// Scan lines per row, and coverage units that a full pixel has.
    private static var scanLines: Int { 4 }
    private static var fullCoverage: Int32 { 64 }

    /// Fills what `spans` reports for scan lines: it is asked with a vertical position and adds intervals of x.
    private func fill(
        rows: Range<Int>, color: DrawingColor, opacity: Double,
        spans: (_ y: Double, _ add: (Double, Double) -> Void) -> Void
    ) {
        let alpha = Self.alpha(opacity)
        guard alpha > 0, !rows.isEmpty else { return }
        let samples = color.samples(in: view.color)
        // Coverage of an even row and the odd one below it, which share chroma.
        var coverage = [Int32](repeating: 0, count: 2 * (width + 1))
        coverage.withUnsafeMutableBufferPointer { coverage in
            for pair in rows.lowerBound / 2..<(rows.upperBound + 1) / 2 {
                var columns = (lower: width, upper: 0)
                for y in max(pair * 2, rows.lowerBound)..<min(pair * 2 + 2, rows.upperBound) {
                    let row = UnsafeMutableBufferPointer(
                        rebasing: coverage[(y & 1) * (width + 1)..<(y & 1 + 1) * (width + 1)])
                    for line in 0..<Self.scanLines {
                        spans(Double(y) + (Double(line) + 0.5) / Double(Self.scanLines)) { lower, upper in
                            accumulate(lower, upper, row, &columns)
                        }
                    }
                }
                guard columns.lower < columns.upper else { continue }
                apply(UnsafeBufferPointer(coverage), pair, columns.lower..<columns.upper, color, samples, alpha)
                let first = columns.lower & ~1
                let count = min(columns.upper + 1, width + 1) - first
                for start in [first, width + 1 + first] {
                    UnsafeMutableBufferPointer(rebasing: coverage[start..<start + count]).update(repeating: 0)
                }
            }
        }
    }

    private func accumulate(
        _ lower: Double, _ upper: Double, _ row: UnsafeMutableBufferPointer<Int32>,
        _ columns: inout (lower: Int, upper: Int)
    ) {
        let (lower, upper) = (max(0, lower), min(Double(width), upper))
        guard lower < upper else { return }
        let unit = Double(Self.fullCoverage) / Double(Self.scanLines)
        let (first, last) = (Int(lower), min(width - 1, Int(upper)))
        columns = (min(columns.lower, first), max(columns.upper, last + 1))
        if first == last {
            row[first] += Int32(((upper - lower) * unit).rounded())
            return
        }
        row[first] += Int32(((Double(first + 1) - lower) * unit).rounded())
        for x in first + 1..<last { row[x] += Int32(unit) }
        row[last] += Int32(((upper - Double(last)) * unit).rounded())
    }

    private func apply(
        _ coverage: UnsafeBufferPointer<Int32>, _ pair: Int, _ columns: Range<Int>, _ color: DrawingColor,
        _ samples: (y: UInt8, u: UInt8, v: UInt8), _ alpha: Int32
    ) {
        func covered(_ x: Int, _ odd: Int) -> Int32 { min(Self.fullCoverage, coverage[odd * (width + 1) + x]) }
        for odd in 0..<min(2, height - pair * 2) {
            let row = view.plane(0).row(pair * 2 + odd)
            for x in columns {
                let mixed = covered(x, odd) * alpha / Self.fullCoverage
                guard mixed > 0 else { continue }
                if view.format == .rgb24 {
                    mixRGB(row + x * 3, color, mixed)
                } else {
                    Self.mix(row + x, samples.y, mixed)
                }
            }
        }
        guard view.format == .yuv420p else { return }
        for x in columns.lowerBound / 2..<(columns.upperBound + 1) / 2 {
            let sum = covered(2 * x, 0) + covered(2 * x + 1, 0) + covered(2 * x, 1) + covered(2 * x + 1, 1)
            if sum > 0 { mixChroma(x, pair, samples.u, samples.v, sum * alpha / (4 * Self.fullCoverage)) }
        }
    }
}
