/// The outline of the free road before the vehicle, clockwise in the picture, with as few corners as it takes.
///
/// Allocates nothing after its creation.
public struct DrivableOutline: ~Copyable {
    private let points: UnsafeMutablePointer<RoadScene.Point>
    private let isKept: UnsafeMutablePointer<Bool>
    private let stack: UnsafeMutablePointer<(Int, Int)>
    private let capacity: Int
    public private(set) var count = 0

    /// How far the outline may pass from what it simplifies, pixels.
    public let tolerance: Float

    /// - Parameter columns: columns of the profiles that it is made from.
    public init(columns: Int, tolerance: Float = 2) {
        capacity = 2 * max(columns, 1) + 4
        self.tolerance = tolerance
        points = .allocate(capacity: capacity)
        isKept = .allocate(capacity: capacity)
        stack = .allocate(capacity: capacity)
    }

    deinit {
        points.deallocate()
        isKept.deallocate()
        stack.deallocate()
    }

    /// - Precondition: `index` lies in `0..<count`.
    public subscript(index: Int) -> RoadScene.Point {
        precondition(index >= 0 && index < count, "no corner \(index) among \(count)")
        return points[index]
    }

    /// Traces the widest stretch of free columns: along its far ends to the right, along its near ends back.
    public mutating func update(_ profile: borrowing FreeSpaceProfile) {
        count = 0
        let stretch = Self.widest(profile)
        guard stretch.count >= 2 else { return }
        for index in stretch { append(profile[index].x, profile[index].farY) }
        let turn = count
        for index in stretch.reversed() { append(profile[index].x, profile[index].nearY) }
        isKept.initialize(repeating: false, count: count)
        simplify(0, turn - 1)
        simplify(turn, count - 1)
        var kept = 0
        for index in 0..<count where isKept[index] {
            points[kept] = points[index]
            kept += 1
        }
        count = kept
    }

    private mutating func append(_ x: Float, _ y: Float) {
        guard count < capacity else { return }
        (points + count).initialize(to: .init(x: x, y: y))
        count += 1
    }

    private static func widest(_ profile: borrowing FreeSpaceProfile) -> Range<Int> {
        var best = 0..<0
        var begin = 0
        for index in 0...profile.count {
            if index < profile.count, profile[index].farY < profile[index].nearY { continue }
            if index - begin > best.count { best = begin..<index }
            begin = index + 1
        }
        return best
    }

    /// Keeps the ends and whatever lies farther off than the tolerance (Douglas and Peucker 1973), without recursion.
    private mutating func simplify(_ first: Int, _ last: Int) {
        isKept[first] = true
        isKept[last] = true
        var depth = 1
        stack[0] = (first, last)
        while depth > 0 {
            depth -= 1
            let (from, to) = stack[depth]
            guard to > from + 1 else { continue }
            var farthest = from
            var distance = tolerance
            for index in (from + 1)..<to {
                let candidate = Self.distance(points[index], points[from], points[to])
                if candidate > distance {
                    distance = candidate
                    farthest = index
                }
            }
            guard farthest > from else { continue }
            isKept[farthest] = true
            stack[depth] = (from, farthest)
            stack[depth + 1] = (farthest, to)
            depth += 2
        }
    }

    /// From a point to the segment between two others.
    private static func distance(_ point: RoadScene.Point, _ a: RoadScene.Point, _ b: RoadScene.Point) -> Float {
        let (dx, dy) = (b.x - a.x, b.y - a.y)
        let length = dx * dx + dy * dy
        let share = length > 0 ? min(max(((point.x - a.x) * dx + (point.y - a.y) * dy) / length, 0), 1) : 0
        let (ex, ey) = (point.x - a.x - share * dx, point.y - a.y - share * dy)
        return (ex * ex + ey * ey).squareRoot()
    }
}
