import Glibc
import Messages

extension ProfilePage {
    /// A histogram of the whole latency, and smaller ones of its parts.
    var distributions: String {
        var parts = report.stages.map { ($0.stage.name, $0.series, PagePalette.color(of: $0.stage)) }
        for (network, stage) in zip(
            report.networks, report.networks.count == 2 ? [Stage.detection, .road] : [.detection])
        {
            for (name, series) in zip(network.variants, network.inference) where network.variants.count > 1 {
                parts.append(("network \(name)", series, PagePalette.color(of: stage)))
            }
        }
        parts.append(("without inference", report.overhead, "#66727f"))
        let whole = histogram(
            "capture to published", report.endToEnd, fill: "#0072b2", width: Self.width, height: 240,
            deadline: report.budget.map { Double($0) / 1e6 })
        let small = parts.filter { !$0.1.isEmpty }.map { histogram($0.0, $0.1, fill: $0.2, width: 360, height: 170) }
        return whole + "<p class=\"note\">Frames on a logarithmic scale; dotted: p50, p99, p99.9.</p>"
            + "<div class=\"multiples\">\(small.map { "<div>\($0)</div>" }.joined())</div>"
    }

    private func histogram(
        _ name: String, _ series: DurationSeries, fill: String, width: Double, height: Double, deadline: Double? = nil
    ) -> String {
        let values = series.values.map { Double($0) / 1e6 }
        guard let least = values.min(), let most = values.max() else { return "" }
        var drawing = SVGDrawing(width: width, height: height)
        let low = min(least, deadline ?? least) * 0.95
        let top = max(most, deadline ?? 0) * 1.02 + 1e-6
        let time = AxisScale(low...top, pixels: (44, width - 8))
        let bins = Int(width / 6)
        var counts = [Int](repeating: 0, count: bins)
        for value in values {
            counts[min(Int((value - time.lower) / (time.upper - time.lower) * Double(bins)), bins - 1)] += 1
        }
        let highest = log10(Double(counts.max() ?? 1)) + 0.3
        let floor = height - 24
        let scale = AxisScale(-0.3...max(highest, 0.3), pixels: (floor, 24))
        for power in 0...Int(max(highest, 0)) {
            drawing.line(44, scale.pixel(Double(power)), width - 8, scale.pixel(Double(power)), style: "grid")
            drawing.label(
                AxisScale.text(pow(10, Double(power))), 40, scale.pixel(Double(power)) + 4, anchor: .end)
        }
        for (bin, count) in counts.enumerated() where count > 0 {
            let begin = time.lower + (time.upper - time.lower) * Double(bin) / Double(bins)
            let end = time.lower + (time.upper - time.lower) * Double(bin + 1) / Double(bins)
            let y = scale.pixel(log10(Double(count)))
            drawing.rectangle(
                time.pixel(begin), y, time.pixel(end) - time.pixel(begin) - 0.6, floor - y, fill: fill,
                title: "\(fixedDecimal(begin, digits: 2)) to \(fixedDecimal(end, digits: 2)) ms: \(count)")
        }
        drawing.line(44, floor, width - 8, floor, style: "axis")
        for mark in time.marks(count: Int(width / 90)) {
            drawing.label(AxisScale.text(mark), time.pixel(mark), height - 8, anchor: .middle)
        }
        for percent in [50, 99, 99.9] {
            let x = time.pixel(series.milliseconds(atPercentile: percent))
            drawing.line(x, 24, x, floor, style: "mark")
        }
        if let deadline { drawing.line(time.pixel(deadline), 24, time.pixel(deadline), floor, style: "deadline") }
        drawing.label("\(name), ms", 44, 14, style: "strong")
        drawing.label(
            "p99 \(fixedDecimal(series.milliseconds(atPercentile: 99), digits: 2))", width - 8, 14, anchor: .end)
        return drawing.text
    }
}
