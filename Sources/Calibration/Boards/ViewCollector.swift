import Imaging

/// Collects views of a board from pictures or the frames of a video.
public struct ViewCollector: Sendable {
    public enum Outcome: Hashable, Sendable {
        case added
        /// The board is not seen.
        case notFound
        /// Much like a view that is there already and no sharper.
        case alike
        /// Took the place of a view much like it that was less sharp.
        case replaced
    }

    private struct Entry: Sendable {
        var view: BoardView
        var size: SIMD2<Int>
        var sharpness: Double
    }

    public let finder: BoardFinder
    private var entries: [Entry] = []
    private var coverages: [SIMD2<Int>: ViewCoverage] = [:]

    public init(pattern: BoardPattern) {
        finder = BoardFinder(pattern: pattern)
    }

    /// How many views there are, of whatever size.
    public var count: Int { entries.count }

    /// The view that was added last.
    public private(set) var newest: BoardView?

    /// Looks for the board in a picture.
    ///
    /// - Parameter leavesOutAlike: whether a view like another is left out: right for a video, where most frames are;
    ///   pictures somebody has chosen.
    public mutating func consider(
        _ picture: ImageView, name: String, leavingOutAlike leavesOutAlike: Bool = false
    ) -> Outcome {
        let image = GrayImage(picture)
        guard let view = finder.find(in: image, name: name) else { return .notFound }
        let size = SIMD2(picture.width, picture.height)
        let entry = Entry(view: view, size: size, sharpness: Self.sharpness(view, image))
        if leavesOutAlike, let sample = ViewCoverage.sample(view, width: size.x, height: size.y),
            let coverage = coverages[size], !coverage.isNew(sample)
        {
            let near = entries.firstIndex { other in
                other.size == size
                    && (ViewCoverage.sample(other.view, width: size.x, height: size.y)?.distance(sample) ?? 9)
                        < ViewCoverage.newness
            }
            guard let near, entries[near].sharpness < 0.8 * entry.sharpness else { return .alike }
            entries[near] = entry
            newest = view
            return .replaced
        }
        entries.append(entry)
        newest = view
        coverages[size, default: ViewCoverage()].add(view, width: size.x, height: size.y)
        return .added
    }

    /// The size that most views have; nil when there are none.
    public var size: SIMD2<Int>? {
        Dictionary(grouping: entries, by: \.size).max { $0.value.count < $1.value.count }?.key
    }

    /// The views of the most common size.
    public var views: [BoardView] {
        let size = size
        return entries.filter { $0.size == size }.map(\.view)
    }

    /// Names of views of another size, which cannot be used together.
    public var namesOfOtherSizes: [String] {
        let size = size
        return entries.filter { $0.size != size }.map(\.view.name)
    }

    /// What the views of the most common size cover.
    public var coverage: ViewCoverage { size.flatMap { coverages[$0] } ?? ViewCoverage() }

    /// The steepest brightness change around the corners by the board's contrast: the inverse of an edge's width in pixels.
    private static func sharpness(_ view: BoardView, _ image: GrayImage) -> Double {
        var (sum, count) = (0.0, 0)
        for pixel in view.pixels {
            let (left, top) = (Int(pixel.x) - 4, Int(pixel.y) - 4)
            guard left >= 1, top >= 1, left + 9 < image.width, top + 9 < image.height else { continue }
            var (dark, bright, steepest) = (Float.infinity, -Float.infinity, Float(0))
            for y in top..<top + 9 {
                for x in left..<left + 9 {
                    let index = y * image.width + x
                    let value = image.values[index]
                    (dark, bright) = (min(dark, value), max(bright, value))
                    steepest = max(
                        steepest, (image.values[index + 1] - value).magnitude,
                        (image.values[index + image.width] - value).magnitude)
                }
            }
            guard bright > dark else { continue }
            sum += Double(steepest / (bright - dark))
            count += 1
        }
        return count > 0 ? sum / Double(count) : 0
    }
}
