import Glibc

/// How well a set of views covers what a calibration needs: the board to the left and right, at the top and bottom, near
/// and far, and tilted. The ranges are those of ROS's camera_calibration.
public struct ViewCoverage: Hashable, Sendable {
    /// One view in the terms that matter, each from 0 to 1.
    public struct Sample: Hashable, Sendable {
        /// Where the board's middle is, among the places where it can be.
        public var x: Double
        public var y: Double
        /// Square root of the board's share of the image.
        public var size: Double
        /// How far the corner that is furthest from a right angle is from one: twice the angle in radians, at most 1.
        public var skew: Double

        func distance(_ other: Sample) -> Double {
            (x - other.x).magnitude + (y - other.y).magnitude + (size - other.size).magnitude
                + (skew - other.skew).magnitude
        }
    }

    public private(set) var samples: [Sample] = []
    /// How many corners fell into each cell of a 10 x 10 grid over the image, row by row.
    public private(set) var cells = [Int](repeating: 0, count: 100)

    /// Views closer than this to another are not new.
    static let newness = 0.2
    private static let ranges = Sample(x: 0.7, y: 0.7, size: 0.4, skew: 0.5)

    public init() {}

    public mutating func add(_ view: BoardView, width: Int, height: Int) {
        guard let sample = Self.sample(view, width: width, height: height) else { return }
        samples.append(sample)
        for pixel in view.pixels {
            let column = min(max(Int(pixel.x / Double(width) * 10), 0), 9)
            let row = min(max(Int(pixel.y / Double(height) * 10), 0), 9)
            cells[row * 10 + column] += 1
        }
    }

    static func sample(_ view: BoardView, width: Int, height: Int) -> Sample? {
        guard let map = Homography.fit(from: view.board, to: view.pixels) else { return nil }
        let (low, high) = (
            SIMD2(view.board.map(\.x).min() ?? 0, view.board.map(\.y).min() ?? 0),
            SIMD2(view.board.map(\.x).max() ?? 0, view.board.map(\.y).max() ?? 0)
        )
        let corners = [low, SIMD2(high.x, low.y), high, SIMD2(low.x, high.y)].map { map.mapping($0) }
        let (first, second) = (corners[2] - corners[0], corners[3] - corners[1])
        let area = first.cross(second).magnitude / 2
        let middle = corners.reduce(SIMD2(0, 0), +) / 4
        let skews = (0..<4).map { corner -> Double in
            let side = corners[(corner + 3) % 4] - corners[corner]
            let next = corners[(corner + 1) % 4] - corners[corner]
            return 2 * (.pi / 2 - atan2(side.cross(next).magnitude, side.dot(next))).magnitude
        }
        let border = area.squareRoot() / 2
        func place(_ value: Double, _ extent: Int) -> Double {
            min(max((value - border) / max(Double(extent) - 2 * border, 1), 0), 1)
        }
        return Sample(
            x: place(middle.x, width), y: place(middle.y, height),
            size: (area / Double(width * height)).squareRoot(), skew: min(1, skews.max() ?? 0))
    }

    /// Whether a view shows something that the others do not.
    func isNew(_ sample: Sample) -> Bool { samples.allSatisfy { $0.distance(sample) > Self.newness } }

    /// How much of what is needed is there, from 0 to 1 each: left to right, top to bottom, near to far, tilted.
    public var progress: Sample {
        func share(_ value: KeyPath<Sample, Double>) -> Double {
            let values = samples.map { $0[keyPath: value] }
            guard let low = values.min(), let high = values.max() else { return 0 }
            return min((high - low) / Self.ranges[keyPath: value], 1)
        }
        // A tilt counts from square on, which needs no view of its own.
        let skew = min((samples.map(\.skew).max() ?? 0) / Self.ranges.skew, 1)
        return Sample(x: share(\.x), y: share(\.y), size: share(\.size), skew: skew)
    }

    /// The share of the 10 x 10 cells that hold a corner.
    public var coveredShare: Double { Double(cells.count { $0 > 0 }) / 100 }

    /// What is still missing, in words for whoever holds the board; empty when nothing is.
    public var missing: [String] {
        guard !samples.isEmpty else { return ["any view of the board"] }
        var missing: [String] = []
        func edge(_ value: KeyPath<Sample, Double>, _ low: String, _ high: String) {
            let values = samples.map { $0[keyPath: value] }
            if (values.min() ?? 0) > 0.2 { missing.append(low) }
            if (values.max() ?? 1) < 0.8 { missing.append(high) }
        }
        edge(\.x, "the board at the left edge", "the board at the right edge")
        edge(\.y, "the board at the top edge", "the board at the bottom edge")
        let sizes = samples.map(\.size)
        if (sizes.max() ?? 0) < 0.45 { missing.append("the board close, filling half of the image") }
        if progress.size < 1, (sizes.min() ?? 0) > 0.3 { missing.append("the board further away") }
        if progress.skew < 1 { missing.append("the board tilted by 30 to 45 degrees, about both axes") }
        if coveredShare < 0.6 { missing.append("corners in more of the image (\(Int(coveredShare * 100)) % so far)") }
        return missing
    }
}
