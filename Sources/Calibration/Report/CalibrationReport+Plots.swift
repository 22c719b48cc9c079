// The page's drawings.
extension CalibrationReport {
    private var allResiduals: [SIMD2<Double>] { solution.residuals.flatMap { $0 } }

    /// Seen minus projected, all corners around one middle.
    var residualCloud: SVGPlot {
        var plot = SVGPlot(width: 520, height: 400)
        let reach = max(allResiduals.map { max($0.x.magnitude, $0.y.magnitude) }.max() ?? 1, 1e-6) * 1.08
        let (center, half) = (SIMD2(275.0, 190.0), 175.0)
        plot.frame(center - half, SIMD2(2 * half, 2 * half))
        let step = SVGPlot.tickStep(reach, count: 3)
        var tick = -(reach / step).rounded(.down) * step
        while tick <= reach {
            let offset = tick / reach * half
            plot.line(SIMD2(center.x + offset, center.y - half), SIMD2(center.x + offset, center.y + half))
            plot.line(SIMD2(center.x - half, center.y - offset), SIMD2(center.x + half, center.y - offset))
            let text = SVGPlot.number(tick)
            plot.label(text, SIMD2(center.x + offset, center.y + half + 15), color: SVGPlot.soft)
            plot.label(text, SIMD2(center.x - half - 6, center.y - offset + 4), anchor: .end, color: SVGPlot.soft)
            tick += step
        }
        for residual in allResiduals {
            plot.dot(
                SIMD2(center.x + residual.x / reach * half, center.y + residual.y / reach * half), radius: 1.8,
                color: SVGPlot.blue, opacity: 0.55)
        }
        plot.label("x, px", SIMD2(center.x, center.y + half + 30), color: SVGPlot.soft)
        return plot
    }

    /// One bar per view.
    var viewBars: SVGPlot {
        let values = solution.views.indices.map { solution.rms(ofView: $0) }
        let rowHeight = 15.0
        var plot = SVGPlot(width: 520, height: Double(values.count) * rowHeight + 40)
        let largest = max(values.max() ?? 1, 1e-6) * 1.05
        let (left, right) = (140.0, 505.0)
        let bottom = Double(values.count) * rowHeight + 5
        let step = SVGPlot.tickStep(largest)
        var tick = 0.0
        while tick <= largest {
            let x = left + tick / largest * (right - left)
            plot.line(SIMD2(x, 0), SIMD2(x, bottom))
            plot.label(SVGPlot.number(tick), SIMD2(x, bottom + 14), color: SVGPlot.soft)
            tick += step
        }
        for (index, value) in values.enumerated() {
            let y = Double(index) * rowHeight
            let name = solution.views[index].name
            let isOff = value > 2 * solution.rms
            plot.rectangle(
                SIMD2(left, y + 2), SIMD2(value / largest * (right - left), rowHeight - 4),
                fill: isOff ? SVGPlot.red : SVGPlot.blue, title: "\(name): \(decimal(value, 3)) px")
            let short = name.count > 20 ? "…" + name.suffix(19) : name
            plot.label(short, SIMD2(left - 6, y + rowHeight - 4), anchor: .end, size: 10)
        }
        let all = left + solution.rms / largest * (right - left)
        plot.line(SIMD2(all, 0), SIMD2(all, bottom), color: SVGPlot.ink)
        plot.label("px rms; the line is all views together", SIMD2(320, bottom + 29), color: SVGPlot.soft)
        return plot
    }

    /// Distance of corners from the principal point, and how far off they are, with the median of each tenth.
    var residualByRadius: SVGPlot {
        var plot = SVGPlot(width: 520, height: 300)
        let model = solution.model
        let center = SIMD2(model.cx, model.cy)
        var points: [SIMD2<Double>] = []
        for (view, residuals) in zip(solution.views, solution.residuals) {
            for (pixel, residual) in zip(view.pixels, residuals) {
                points.append(SIMD2((pixel - center).length, residual.length))
            }
        }
        let farthest = max(points.map(\.x).max() ?? 1, 1)
        let largest = max(points.map(\.y).max() ?? 1, 1e-6) * 1.05
        let (left, right, top, bottom) = (50.0, 505.0, 5.0, 255.0)
        func place(_ point: SIMD2<Double>) -> SIMD2<Double> {
            SIMD2(left + point.x / farthest * (right - left), bottom - point.y / largest * (bottom - top))
        }
        plot.frame(SIMD2(left, top), SIMD2(right - left, bottom - top))
        for (reach, isAcross) in [(farthest, true), (largest, false)] {
            let step = SVGPlot.tickStep(reach)
            var tick = 0.0
            while tick <= reach {
                let at = place(isAcross ? SIMD2(tick, 0) : SIMD2(0, tick))
                if isAcross {
                    plot.label(SVGPlot.number(tick), SIMD2(at.x, bottom + 15), color: SVGPlot.soft)
                } else {
                    plot.line(SIMD2(left, at.y), SIMD2(right, at.y))
                    plot.label(SVGPlot.number(tick), SIMD2(left - 6, at.y + 4), anchor: .end, color: SVGPlot.soft)
                }
                tick += step
            }
        }
        for point in points { plot.dot(place(point), radius: 1.6, color: SVGPlot.blue, opacity: 0.4) }
        var medians: [SIMD2<Double>] = []
        for bin in 0..<10 {
            let inside = points.filter { Int($0.x / farthest * 9.999) == bin }.map(\.y).sorted()
            guard inside.count >= 3 else { continue }
            medians.append(place(SIMD2((Double(bin) + 0.5) / 10 * farthest, inside[inside.count / 2])))
        }
        plot.path(medians, color: SVGPlot.red, thickness: 2)
        plot.label("pixels from the principal point; residual in px", SIMD2(277, bottom + 33), color: SVGPlot.soft)
        return plot
    }

    private var imageScale: Double { 500 / Double(solution.model.width) }

    /// How many corners fell where.
    var coverageMap: SVGPlot {
        let size = SIMD2(500, Double(solution.model.height) * imageScale)
        var plot = SVGPlot(width: 520, height: size.y + 12)
        let most = Double(max(coverage.cells.max() ?? 1, 1))
        for row in 0..<10 {
            for column in 0..<10 {
                let count = coverage.cells[row * 10 + column]
                let corner = SIMD2(10 + Double(column) * size.x / 10, 5 + Double(row) * size.y / 10)
                if count == 0 {
                    plot.rectangle(corner, size / 10, fill: SVGPlot.red, opacity: 0.12, title: "no corner")
                } else {
                    plot.rectangle(
                        corner, size / 10, fill: SVGPlot.blue,
                        opacity: 0.15 + 0.85 * (Double(count) / most).squareRoot(),
                        title: "\(count) corners")
                }
            }
        }
        plot.frame(SIMD2(10, 5), size)
        return plot
    }

    /// Residuals where they were seen.
    var quiver: SVGPlot {
        let size = SIMD2(500, Double(solution.model.height) * imageScale)
        var plot = SVGPlot(width: 520, height: size.y + 12)
        plot.frame(SIMD2(10, 5), size)
        for (view, residuals) in zip(solution.views, solution.residuals) {
            for (pixel, residual) in zip(view.pixels, residuals) {
                let start = (pixel + 0.5) * imageScale + SIMD2(10, 5)
                plot.line(start, start + residual * (imageScale * quiverScale), color: SVGPlot.blue, thickness: 0.8)
                plot.dot(start, radius: 0.9, color: SVGPlot.ink)
            }
        }
        return plot
    }

    /// Lines that are straight before the lens, as they lie in the image.
    var distortionGrid: SVGPlot {
        let model = solution.model
        let size = SIMD2(500, Double(model.height) * imageScale)
        var plot = SVGPlot(width: 520, height: size.y + 12)
        func curve(_ point: (Double) -> SIMD2<Double>) {
            var points: [SIMD2<Double>] = []
            for step in 0...60 {
                let flat = point(Double(step) / 60)
                guard let pixel = model.project(SIMD3(flat, 1)), model.contains(pixel) else {
                    if points.count > 1 { plot.path(points, color: SVGPlot.blue) }
                    points = []
                    continue
                }
                points.append((pixel + 0.5) * imageScale + SIMD2(10, 5))
            }
            if points.count > 1 { plot.path(points, color: SVGPlot.blue) }
        }
        let reach = SIMD2(0.75 * Double(model.width) / model.fx, 0.75 * Double(model.height) / model.fy)
        for index in -8...8 {
            let share = Double(index) / 8
            curve { SIMD2(reach.x * share, reach.y * (2 * $0 - 1)) }
            curve { SIMD2(reach.x * (2 * $0 - 1), reach.y * share) }
        }
        plot.frame(SIMD2(10, 5), size)
        plot.dot((SIMD2(model.cx, model.cy) + 0.5) * imageScale + SIMD2(10, 5), radius: 4, color: SVGPlot.red)
        return plot
    }
}
