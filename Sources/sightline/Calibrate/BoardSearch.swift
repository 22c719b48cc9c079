import Calibration
import Imaging

/// Looks for a board in pictures and says as it goes what was found and what is still missing.
final class BoardSearch {
    private(set) var collector: ViewCollector
    private(set) var seen = 0
    /// The picture with the largest board, to show without distortion.
    private(set) var sample = ImageBuffer()
    private(set) var sampleName = ""
    private var sampleArea = 0.0
    private let limit: Int

    init(pattern: BoardPattern, limit: Int) {
        self.limit = limit
        collector = ViewCollector(pattern: pattern)
    }

    func run(_ pictures: BoardPictures, isQuiet: Bool) throws {
        let progress = ProgressLine()
        defer { progress.clear() }
        try pictures.forEach { view, picture in
            seen += 1
            let outcome = collector.consider(view, name: picture.name, leavingOutAlike: picture.isVideoFrame)
            if outcome == .added || outcome == .replaced { try keepSample(view, picture.name) }
            if isQuiet { return true }
            if picture.isVideoFrame {
                let missing =
                    collector.coverage.missing.first.map { "still missing: \($0)" } ?? "enough different views"
                progress.show("\(picture.name): \(collector.count) views; \(missing)")
            } else if outcome == .notFound {
                progress.clear()
                printError("\(picture.name): the board is not seen whole")
            } else {
                progress.show("\(picture.name): board found, \(collector.count) views")
            }
            return !picture.isVideoFrame || collector.count < limit
        }
    }

    private func keepSample(_ view: ImageView, _ name: String) throws {
        guard let found = collector.newest else { return }
        let (xs, ys) = (found.pixels.map(\.x), found.pixels.map(\.y))
        let area = ((xs.max() ?? 0) - (xs.min() ?? 0)) * ((ys.max() ?? 0) - (ys.min() ?? 0))
        guard area > sampleArea else { return }
        sampleArea = area
        sampleName = name
        try sample.copy(view)
    }
}
