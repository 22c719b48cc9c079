import Messages
import Platform
import Recording
import Runtime

/// The timeline on the terminal during a replay: position, frame rate, dropped frames.
final class ReplayProgress {
    private let line = ProgressLine()
    private let drive: DriveInfo
    private let options: ReplayOptions
    private let begin = MonotonicTime.now
    private var nextUpdate = MonotonicTime.now

    init(drive: DriveInfo, options: ReplayOptions) {
        self.drive = drive
        self.options = options
    }

    func show(_ report: FrameReport) {
        let now = MonotonicTime.now
        guard now >= nextUpdate else { return }
        nextUpdate = now + 100_000_000
        let position = Double(report.stamp.captureTime) / 1e9 + options.start
        let rate = Double(report.framesProcessed) / max(Double(now - begin) / 1e9, 1e-3)
        var text = bar(position) + " " + fixedDecimal(position, digits: 1)
        if let duration = drive.duration { text += "/" + fixedDecimal(duration, digits: 1) }
        text += " s  \(fixedDecimal(rate, digits: 1)) fps"
        if report.framesDropped > 0 { text += "  \(report.framesDropped) dropped" }
        line.show(text)
    }

    func clear() {
        line.clear()
    }

    private func bar(_ position: Double) -> String {
        guard let duration = drive.duration, duration > 0 else { return "" }
        let width = 30
        let filled = min(width, max(0, Int(position / duration * Double(width))))
        return "[" + String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled) + "]"
    }
}
