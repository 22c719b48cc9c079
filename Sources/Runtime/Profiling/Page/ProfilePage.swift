import Messages

/// One self-contained HTML page about a profiled run: no scripts, no files beside it, light or dark as the reader's system.
public struct ProfilePage {
    let report: ProfileReport
    /// Width of wide drawings, pixels of their view box.
    static let width = 1160.0

    public init(_ report: ProfileReport) {
        self.report = report
    }

    public var text: String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>sightline profile: \(SVGDrawing.escaped(report.drive))</title>
        <style>\(Self.style)</style></head><body>
        <h1>Where the time of \(report.frames.count) frames went</h1>
        <p class="subject">\(SVGDrawing.escaped(subject))</p>
        \(cards)
        <h2>Latency from capture to published</h2>
        \(latencyOverTime)
        <h2>What the budget decided</h2>
        \(decisions)
        <h2>Distribution</h2>
        \(distributions)
        <h2>The slowest frames</h2>
        \(slowestFrames)
        <h2>Critical path</h2>
        \(criticalPath)
        <h2>Percentiles</h2>
        \(percentiles)
        </body></html>

        """
    }

    private var subject: String {
        "\(report.drive), networks \(report.isParallel ? "side by side" : "one after the other") on "
            + "\(report.threads) threads (\(report.instructionSet)): "
            + report.networks.map { $0.variants.joined(separator: ", ") }.joined(separator: "; ")
    }

    private var cards: String {
        let summary = report.endToEnd.summary
        var cards = [
            ("median", Self.milliseconds(summary.p50)), ("p99", Self.milliseconds(summary.p99)),
            ("p99.9", Self.milliseconds(summary.p999)), ("slowest", Self.milliseconds(summary.maximum)),
        ]
        if let budget = report.budget {
            cards.append(("deadline", Self.milliseconds(Double(budget) / 1e6)))
            cards.append(("missed", "\(report.misses.total)"))
        }
        cards.append(("dropped", "\(report.dropped)"))
        cards.append(("without inference, p99", Self.milliseconds(report.overhead.summary.p99)))
        cards.append(("processor per frame", Self.milliseconds(report.processorMillisecondsPerFrame)))
        if let allocations = report.allocationsPerFrame {
            cards.append(("allocations per frame", fixedDecimal(allocations, digits: 2)))
        }
        let items = cards.map { "<div><b>\($0.1)</b><span>\($0.0)</span></div>" }
        return "<div class=\"cards\">\(items.joined())</div>"
    }

    static func milliseconds(_ value: Double) -> String { fixedDecimal(value, digits: 2) + " ms" }

    private var percentiles: String {
        var rows = report.stages.map { ($0.stage.name, $0.series) }
        for network in report.networks {
            rows += zip(network.variants, network.inference).filter { !$1.isEmpty }.map { ("network \($0)", $1) }
        }
        rows.append(("capture to published, without inference", report.overhead))
        rows.append(("capture to published", report.endToEnd))
        let cells = rows.map { name, series in
            let summary = series.summary
            let values = [summary.p50, summary.p90, summary.p99, summary.p999, summary.maximum]
                .map { "<td>\(fixedDecimal($0, digits: 2))</td>" }.joined()
            return "<tr><th>\(SVGDrawing.escaped(name))</th>\(values)</tr>"
        }
        return
            "<table><tr><th></th><th>p50 ms</th><th>p90</th><th>p99</th><th>p99.9</th><th>max</th></tr>"
            + cells.joined() + "</table>"
    }

    /// A legend of coloured squares.
    static func legend(_ entries: [(color: String, words: String)]) -> String {
        let items = entries.map {
            "<span><i style=\"background:\($0.color)\"></i>\(SVGDrawing.escaped($0.words))</span>"
        }
        return "<p class=\"legend\">\(items.joined())</p>"
    }

    private static let style = """
        :root{color-scheme:light dark;--ink:#1c2733;--faint:#66727f;--paper:#fff;--panel:#f3f5f7;--grid:#d9dee3;--bad:#c62828}
        @media(prefers-color-scheme:dark){:root{--ink:#e4e9ee;--faint:#93a1b0;--paper:#14191f;--panel:#1e252d;--grid:#333d48;--bad:#ff7b72}}
        body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:1160px;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2.2rem 0 .6rem}
        .subject,.legend,.note{color:var(--faint);margin:.3rem 0 .8rem}
        .cards{display:flex;flex-wrap:wrap;gap:.6rem;margin:1rem 0}
        .cards div{background:var(--panel);border-radius:8px;padding:.6rem .9rem;min-width:6rem}
        .cards b{display:block;font-size:1.25rem;font-variant-numeric:tabular-nums}.cards span{color:var(--faint);font-size:.8rem}
        .legend span{margin-right:1.1rem;white-space:nowrap}.legend i{display:inline-block;width:.8em;height:.8em;border-radius:2px;margin-right:.35em}
        svg{display:block;width:100%;height:auto}
        .label{fill:var(--faint);font-size:12px}.strong{fill:var(--ink);font-size:12px}.bad{fill:var(--bad);font-size:12px}
        .grid{stroke:var(--grid)}.axis{stroke:var(--faint)}.deadline{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:6 4}
        .curve{fill:none;stroke:#0072b2;stroke-width:1.3}.mark{stroke:var(--ink);stroke-dasharray:2 3}
        .multiples{display:grid;grid-template-columns:repeat(auto-fill,minmax(340px,1fr));gap:1rem}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums}td,th{padding:.25rem .8rem;text-align:right;border-bottom:1px solid var(--grid)}
        tr th:first-child{text-align:left;font-weight:normal}tr:first-child th{color:var(--faint);font-weight:normal}
        """
}
