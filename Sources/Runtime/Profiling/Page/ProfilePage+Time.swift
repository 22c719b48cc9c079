import Messages
import Platform

extension ProfilePage {
    /// How many columns a run is drawn in at most.
    private static let columns = 1000
    private static let left = 60.0

    /// Frames of each column.
    private var columnRanges: [Range<Int>] {
        let count = min(Self.columns, max(report.frames.count, 1))
        return (0..<count).map { ($0 * report.frames.count / count)..<(($0 + 1) * report.frames.count / count) }
    }

    private var timeScale: AxisScale {
        AxisScale(0...Double(max(columnRanges.count, 1)), pixels: (Self.left, Self.width - 10))
    }

    /// Seconds from the first frame.
    private func seconds(_ frame: FrameRecord) -> Double {
        Double(frame.timeline.capture - (report.frames.first?.timeline.capture ?? frame.timeline.capture)) / 1e9
    }

    // MARK: - Latency

    /// Per column the range and the median of the latencies, and the deadline.
    var latencyOverTime: String {
        guard !report.frames.isEmpty else { return "" }
        var drawing = SVGDrawing(width: Self.width, height: 250)
        let deadline = report.budget.map { Double($0) / 1e6 } ?? 0
        // One frame that took very long must not flatten all others: the scale ends a little above p99.9.
        let top = max(report.endToEnd.summary.p999 * 1.15, deadline * 1.15, 0.1)
        let scale = AxisScale(0...top, pixels: (220, 10))
        for mark in scale.marks(count: 5) {
            drawing.line(Self.left, scale.pixel(mark), Self.width - 10, scale.pixel(mark), style: "grid")
            drawing.label("\(AxisScale.text(mark)) ms", Self.left - 6, scale.pixel(mark) + 4, anchor: .end)
        }
        var medians: [(x: Double, y: Double)] = []
        let time = timeScale
        for (column, range) in columnRanges.enumerated() {
            let values = report.frames[range].map { Double($0.total) / 1e6 }.sorted()
            guard let low = values.first, let high = values.last else { continue }
            let (x, next) = (time.pixel(Double(column)), time.pixel(Double(column) + 1))
            let isMissed = report.frames[range].contains { $0.missCause != .none }
            let bottom = scale.pixel(min(low, top))
            drawing.rectangle(
                x, scale.pixel(min(high, top)), next - x, max(bottom - scale.pixel(min(high, top)), 1),
                fill: isMissed ? "#c62828" : "#56b4e988",
                title: "frame \(report.frames[range.lowerBound].number): \(fixedDecimal(high, digits: 2)) ms")
            medians.append(((x + next) / 2, scale.pixel(min(values[values.count / 2], top))))
        }
        if medians.count > 1 { drawing.polyline(medians, style: "curve") }
        if deadline > 0 {
            drawing.line(Self.left, scale.pixel(deadline), Self.width - 10, scale.pixel(deadline), style: "deadline")
        }
        drawTimeAxis(&drawing, at: 220)
        let note =
            "line: median; band: range; red: columns with missed deadlines; dashed: the deadline. "
            + "Values above \(fixedDecimal(top, digits: 1)) ms are drawn at the edge."
        return drawing.text + "<p class=\"note\">\(note)</p>"
    }

    private func drawTimeAxis(_ drawing: inout SVGDrawing, at y: Double) {
        drawing.line(Self.left, y, Self.width - 10, y, style: "axis")
        guard let last = report.frames.last else { return }
        let scale = AxisScale(0...max(seconds(last), 1e-3), pixels: (Self.left, Self.width - 10))
        for mark in scale.marks(count: 8) {
            drawing.line(scale.pixel(mark), y, scale.pixel(mark), y + 5, style: "axis")
            drawing.label("\(AxisScale.text(mark)) s", scale.pixel(mark), y + 18, anchor: .middle)
        }
    }

    // MARK: - Decisions

    /// A strip for each network: in each column the frames by plan, stacked.
    var decisions: String {
        guard !report.frames.isEmpty, !report.networks.isEmpty else { return "" }
        let rowHeight = 46.0
        var drawing = SVGDrawing(width: Self.width, height: rowHeight * Double(report.networks.count) + 26)
        let time = timeScale
        let ranges = columnRanges
        for (row, network) in report.networks.enumerated() {
            let top = Double(row) * rowHeight
            drawing.label(network.name, Self.left, top + 11, style: "strong")
            for (column, range) in ranges.enumerated() {
                let (x, next) = (time.pixel(Double(column)), time.pixel(Double(column) + 1))
                drawColumn(&drawing, report.frames[range], row: row, x: x, width: next - x, top: top + 15)
            }
        }
        drawTimeAxis(&drawing, at: rowHeight * Double(report.networks.count))
        let used = PagePalette.plans.filter { plan in report.networks.contains { $0.plans[plan.rawValue] != nil } }
        return Self.legend(used.map { (PagePalette.color(of: $0), PagePalette.words($0)) }) + drawing.text
            + decisionNote
    }

    private func drawColumn(
        _ drawing: inout SVGDrawing, _ frames: ArraySlice<FrameRecord>, row: Int, x: Double, width: Double, top: Double
    ) {
        let height = 26.0
        let plans = frames.compactMap { $0.outcomes.count > row ? $0.outcomes[row].plan : nil }
        var y = top
        for plan in PagePalette.plans {
            let share = Double(plans.count { $0 == plan }) / Double(max(plans.count, 1))
            guard share > 0 else { continue }
            // A hair wider than the column, so that no seams show.
            drawing.rectangle(x, y, width + 0.3, share * height, fill: PagePalette.color(of: plan))
            y += share * height
        }
    }

    private var decisionNote: String {
        let lines = report.networks.map { network in
            let parts = PagePalette.plans.compactMap { plan -> String? in
                guard let count = network.plans[plan.rawValue] else { return nil }
                let share = Double(count) / Double(max(report.frames.count, 1)) * 100
                return "\(PagePalette.words(plan)) \(fixedDecimal(share, digits: 1)) %"
            }
            return "<b>\(SVGDrawing.escaped(network.name))</b>: \(parts.joined(separator: ", "))"
        }
        return "<p class=\"note\">\(lines.joined(separator: "<br>"))</p>"
    }
}
