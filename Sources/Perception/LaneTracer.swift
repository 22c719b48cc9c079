/// Reads lane lines from a mask: runs of marking pixels in each row, linked from the bottom up.
///
/// A run continues the line whose last run it overlaps most; a line takes one run of a row. Where lines meet towards the
/// horizon, the best overlap goes on and the other line ends there; where they part, a new line begins. Nothing here
/// knows metres: that dashes belong to one line is decided where the ground plane is known.
struct LaneTracer: ~Copyable {
    private struct Run {
        var left: Int
        /// One past the last pixel.
        var right: Int
    }

    private struct Line {
        var lastRow: Int
        var last: Run
        var count: Int
        var pixelCount: Int
        var firstRow: Int
        /// Whether no further run can join it.
        var isClosed: Bool
    }

    private static let maximumLines = 96
    private static let maximumRuns = 128

    private let height: Int
    private let lines: UnsafeMutablePointer<Line>
    private let runs: UnsafeMutablePointer<Run>
    /// For each line the centre and row of its runs.
    private let centers: UnsafeMutablePointer<RoadScene.Point>
    private var lineCount = 0

    init(width: Int, height: Int) {
        self.height = height
        lines = .allocate(capacity: Self.maximumLines)
        runs = .allocate(capacity: Self.maximumRuns)
        centers = .allocate(capacity: Self.maximumLines * height)
    }

    deinit {
        lines.deallocate()
        runs.deallocate()
        centers.deallocate()
    }

    /// Replaces the scene's lane lines by those of its mask.
    mutating func trace(_ scene: inout RoadScene, options: RoadOptions, mapping: FrameMapping) {
        lineCount = 0
        scene.laneCount = 0
        scene.pointCount = 0
        let content = scene.content
        guard content.pixelCount > 0, let mask = scene.mask.baseAddress else { return }
        let contentHeight = Float(content.height)
        let gap = max(Int(options.maximumLaneGap * contentHeight), 1)
        let minimumHeight = max(Int(options.minimumLaneHeight * contentHeight), 2)
        let widest = max(Int(options.maximumLaneWidth * Float(content.width)), 1)
        for row in stride(from: content.y + content.height - 1, through: content.y, by: -1) {
            let runCount = findRuns(in: mask + row * scene.width, content: content, widest: widest)
            closeLines(from: row + gap + 2, minimumHeight: minimumHeight)
            for index in 0..<runCount { link(runs[index], row: row, minimumHeight: minimumHeight) }
        }
        closeLines(from: -1, minimumHeight: minimumHeight)
        emit(&scene, options: options, mapping: mapping)
    }

    private func findRuns(in row: UnsafePointer<UInt8>, content: PixelRectangle, widest: Int) -> Int {
        let end = content.x + content.width
        var column = content.x
        var count = 0
        while column < end, count < Self.maximumRuns {
            guard row[column] & RoadScene.laneBit != 0 else {
                column += 1
                continue
            }
            let left = column
            while column < end, row[column] & RoadScene.laneBit != 0 { column += 1 }
            if column - left <= widest {
                (runs + count).initialize(to: Run(left: left, right: column))
                count += 1
            }
        }
        return count
    }

    /// Closes lines whose last run lies at `row` or below, and forgets those that stayed too short.
    private mutating func closeLines(from row: Int, minimumHeight: Int) {
        var index = 0
        while index < lineCount {
            guard !lines[index].isClosed, lines[index].lastRow >= row else {
                index += 1
                continue
            }
            if lines[index].firstRow - lines[index].lastRow + 1 < minimumHeight {
                removeLine(index)
            } else {
                lines[index].isClosed = true
                index += 1
            }
        }
    }

    private mutating func removeLine(_ index: Int) {
        lineCount -= 1
        guard index < lineCount else { return }
        lines[index] = lines[lineCount]
        (centers + index * height).update(from: centers + lineCount * height, count: lines[index].count)
    }

    private mutating func link(_ run: Run, row: Int, minimumHeight: Int) {
        var best = -1
        var bestOverlap = Int.min
        for index in 0..<lineCount where !lines[index].isClosed && lines[index].lastRow > row {
            let last = lines[index].last
            // A line that leans moves sideways while rows are missing: allow a pixel or two for each.
            let reach = 2 * (lines[index].lastRow - row)
            let overlap = min(run.right, last.right) - max(run.left, last.left)
            if overlap + reach > 0, overlap > bestOverlap {
                best = index
                bestOverlap = overlap
            }
        }
        if best < 0 {
            guard lineCount < Self.maximumLines else { return }
            best = lineCount
            lineCount += 1
            (lines + best).initialize(
                to: Line(lastRow: row, last: run, count: 0, pixelCount: 0, firstRow: row, isClosed: false))
        }
        let center = Float(run.left + run.right) / 2
        (centers + (best * height + lines[best].count)).initialize(
            to: RoadScene.Point(x: center, y: Float(row) + 0.5))
        lines[best].count += 1
        lines[best].lastRow = row
        lines[best].last = run
        lines[best].pixelCount += run.right - run.left
    }

    /// Writes the longest lines into the scene.
    private mutating func emit(_ scene: inout RoadScene, options: RoadOptions, mapping: FrameMapping) {
        while scene.laneCount < min(options.maximumLanes, scene.lanes.count) {
            var best = -1
            for index in 0..<lineCount where lines[index].count > (best < 0 ? 1 : lines[best].count) { best = index }
            guard best >= 0 else { return }
            let line = lines[best]
            let first = scene.pointCount
            var place = 0
            while place < line.count {
                let length = min(options.pointSpacing, line.count - place)
                guard scene.pointCount < scene.points.count else { break }
                scene.points[scene.pointCount] = meanPoint(of: best, from: place, length: length, mapping: mapping)
                scene.pointCount += 1
                place += length
            }
            scene.lanes[scene.laneCount] = RoadScene.Lane(
                firstPoint: first, pointCount: scene.pointCount - first, pixelCount: line.pixelCount)
            scene.laneCount += 1
            lines[best].count = 0
        }
    }

    private func meanPoint(of line: Int, from place: Int, length: Int, mapping: FrameMapping) -> RoadScene.Point {
        var x: Float = 0
        var y: Float = 0
        for index in place..<(place + length) {
            x += centers[line * height + index].x
            y += centers[line * height + index].y
        }
        return RoadScene.Point(x: mapping.x(x / Float(length)), y: mapping.y(y / Float(length)))
    }
}
