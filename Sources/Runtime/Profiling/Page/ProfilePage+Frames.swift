import Messages
import Platform

extension ProfilePage {
    private static let rows = 20
    private static let left = 210.0

    private var usedStages: [Stage] { report.stages.map(\.stage) }

    private var stageLegend: String { Self.legend(usedStages.map { (PagePalette.color(of: $0), $0.name) }) }

    /// The stages of the slowest frames, from capture on.
    var slowestFrames: String {
        let slowest = report.frames.sorted { $0.total > $1.total }.prefix(Self.rows)
        guard let first = slowest.first else { return "" }
        let rowHeight = 20.0
        var drawing = SVGDrawing(width: Self.width, height: rowHeight * Double(slowest.count) + 30)
        let deadline = report.budget.map { Double($0) / 1e6 }
        let time = AxisScale(
            0...max(Double(first.total) / 1e6, deadline ?? 0) * 1.01, pixels: (Self.left, Self.width - 70))
        let floor = rowHeight * Double(slowest.count) + 4
        for mark in time.marks(count: 10) {
            drawing.line(time.pixel(mark), 0, time.pixel(mark), floor, style: "grid")
            drawing.label("\(AxisScale.text(mark)) ms", time.pixel(mark), floor + 16, anchor: .middle)
        }
        for (row, frame) in slowest.enumerated() { draw(frame, &drawing, time, top: Double(row) * rowHeight) }
        if let deadline {
            drawing.line(time.pixel(deadline), 0, time.pixel(deadline), floor, style: "deadline")
        }
        return stageLegend + drawing.text
    }

    private func draw(_ frame: FrameRecord, _ drawing: inout SVGDrawing, _ time: AxisScale, top: Double) {
        let isMissed = frame.missCause != .none
        drawing.label(
            "frame \(frame.number)" + (isMissed ? ", missed (\(frame.missCause.name))" : ""), Self.left - 8, top + 14,
            anchor: .end, style: isMissed ? "bad" : "label")
        // Stages of a second thread lie in the lower half of the row.
        for index in 0..<frame.timeline.spanCount {
            let span = frame.timeline.spans[index]
            let overlaps = (0..<index).contains { frame.timeline.spans[$0].end > span.begin }
            let begin = Double(span.begin - frame.timeline.capture) / 1e6
            let end = Double(span.end - frame.timeline.capture) / 1e6
            drawing.rectangle(
                time.pixel(begin), top + (overlaps ? 10 : 3), max(time.pixel(end) - time.pixel(begin), 0.4),
                overlaps ? 7 : (report.isParallel ? 7 : 14), fill: PagePalette.color(of: span.stage),
                title: "\(span.stage.name): \(fixedDecimal(end - begin, digits: 2)) ms")
        }
        let total = Double(frame.total) / 1e6
        drawing.label("\(fixedDecimal(total, digits: 2)) ms", time.pixel(total) + 6, top + 14)
    }

    /// The mean frame and the mean of the slowest hundredth, as bars of the stages that were waited for.
    var criticalPath: String {
        guard !report.criticalPath.isEmpty else { return "" }
        var drawing = SVGDrawing(width: Self.width, height: 92)
        let sums = [report.criticalPath.reduce(0) { $0 + $1.mean }, report.criticalPath.reduce(0) { $0 + $1.slow }]
        let time = AxisScale(0...max(sums.max() ?? 0, 1e-3), pixels: (Self.left, Self.width - 90))
        for (row, name) in ["mean of all frames", "mean of the slowest 1 %"].enumerated() {
            let top = Double(row) * 34 + 4
            drawing.label(name, Self.left - 8, top + 18, anchor: .end, style: "strong")
            var begin = 0.0
            for part in report.criticalPath {
                let value = row == 0 ? part.mean : part.slow
                drawing.rectangle(
                    time.pixel(begin), top, time.pixel(begin + value) - time.pixel(begin), 26,
                    fill: PagePalette.color(of: part.stage),
                    title: "\(part.stage.name): \(fixedDecimal(value, digits: 2)) ms")
                begin += value
            }
            drawing.label(Self.milliseconds(begin), time.pixel(begin) + 6, top + 18, style: "strong")
        }
        for mark in time.marks(count: 10) {
            drawing.label("\(AxisScale.text(mark)) ms", time.pixel(mark), 86, anchor: .middle)
        }
        return stageLegend + drawing.text
    }
}
