import Imaging

/// The page that shows whether a calibration can be trusted: one HTML file without anything to load.
public struct CalibrationReport: Sendable {
    public let name: String
    public let solution: IntrinsicSolution
    public let coverage: ViewCoverage
    /// How many pictures were looked at.
    public let picturesSeen: Int
    /// A view's picture, without distortion, as JPEG; nil leaves it out.
    public var sample: UndistortedSample?

    public init(name: String, solution: IntrinsicSolution, coverage: ViewCoverage, picturesSeen: Int) {
        self.name = name
        self.solution = solution
        self.coverage = coverage
        self.picturesSeen = picturesSeen
    }

    /// The page.
    public var html: String {
        let title = "Calibration of \(SVGPlot.escape(name))"
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>\(title)</title>
            <meta name="viewport" content="width=device-width">
            <style>
            body { font: 15px/1.45 system-ui, sans-serif; color: \(SVGPlot.ink); max-width: 1180px; margin: 2em auto; padding: 0 1em }
            h1 { font-size: 1.5em; margin: 0 0 .2em } h2 { font-size: 1.05em; margin: 0 0 .3em }
            p { margin: .2em 0 .6em; color: #4a5866 } table { border-collapse: collapse; margin: .6em 0 1.4em }
            td, th { padding: .15em 1em .15em 0; text-align: left; font-variant-numeric: tabular-nums }
            th { color: #4a5866; font-weight: 500 } section { margin: 0 0 1.6em }
            .grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(480px, 1fr)); gap: 1.6em }
            svg, img { width: 100%; height: auto; display: block; font-family: system-ui, sans-serif }
            </style></head><body>
            <h1>\(title)</h1>
            <p>\(SVGPlot.escape(summary))</p>
            \(table)
            <div class="grid">
            \(section("Residuals", "Seen minus projected corners in pixels. A round cloud around the middle is noise; a pattern is a lens that the model does not describe.", residualCloud.text))
            \(section("Views", "Root mean square distance per view. One bar far above the others is a blurred picture or a bent board.", viewBars.text))
            \(section("Residual by distance from the middle", "Medians (line) should not rise towards the corners.", residualByRadius.text))
            \(section("Coverage", coverageText, coverageMap.text))
            \(section("Residuals in the image", "Each line is a corner's residual, \(Int(quiverScale)) times enlarged.", quiver.text))
            \(section("What the lens does", "A straight grid as the camera sees it.", distortionGrid.text))
            \(sampleSection)
            </div></body></html>

            """
    }

    private func section(_ title: String, _ text: String, _ content: String) -> String {
        "<section><h2>\(SVGPlot.escape(title))</h2><p>\(SVGPlot.escape(text))</p>\(content)</section>"
    }

    private var sampleSection: String {
        guard let sample else { return "" }
        return section(
            "Undistorted sample", "\(sample.name): straight things should be straight, up to the corners.",
            "<img alt=\"undistorted picture\" src=\"data:image/jpeg;base64,\(sample.base64)\">")
    }

    private var summary: String {
        var parts = [
            "\(solution.views.count) of \(picturesSeen) pictures used", "\(decimal(solution.rms, 3)) px rms",
        ]
        if let held = solution.heldOutRMS { parts.append("\(decimal(held, 3)) px in views it was not fitted to") }
        if solution.rejectedCorners > 0 { parts.append("\(solution.rejectedCorners) corners left out") }
        if !solution.rejectedViews.isEmpty {
            parts.append("views left out: \(solution.rejectedViews.joined(separator: ", "))")
        }
        return parts.joined(separator: ", ") + "."
    }

    private var table: String {
        let model = solution.model
        let deviations = solution.deviations
        var rows = [
            ("fx", model.fx, deviations?.fx, 3), ("fy", model.fy, deviations?.fy, 3),
            ("cx", model.cx, deviations?.cx, 3),
            ("cy", model.cy, deviations?.cy, 3),
        ]
        let names =
            switch model.distortion.model {
            case .equidistant: ["k1", "k2", "k3", "k4"]
            default: ["k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6"]
            }
        for (index, value) in model.distortion.coefficients.enumerated() {
            let deviation = deviations.flatMap { index < $0.distortion.count ? $0.distortion[index] : nil }
            rows.append((index < names.count ? names[index] : "s\(index - 7)", value, deviation, 6))
        }
        let cells = rows.map { row in
            "<tr><th>\(row.0)</th><td>\(decimal(row.1, row.3))</td><td>&plusmn; "
                + "\(row.2.map { decimal($0, row.3) } ?? "?")</td></tr>"
        }
        return "<table><tr><th>\(model.width)&times;\(model.height)</th><th>\(model.distortion.model.rawValue)</th>"
            + "<th>1 &sigma;</th></tr>\(cells.joined())</table>"
    }

    private var coverageText: String {
        let missing = coverage.missing
        let share = Int((coverage.coveredShare * 100).rounded())
        if missing.isEmpty { return "Corners in \(share) % of the image's cells; the views differ enough." }
        return "Corners in \(share) % of the image's cells. Still missing: \(missing.joined(separator: "; "))."
    }

    var quiverScale: Double {
        let typical = max(solution.rms, 1e-6)
        return SVGPlot.tickStep(18 / typical * Double(solution.model.width) / 1000, count: 1)
    }
}
