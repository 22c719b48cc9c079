/// A robust fit of one shift and one expansion to the shifts of many patches.
struct ShiftFit: ~Copyable {
    private struct Match: BitwiseCopyable {
        /// The patch's place from the centre of expansion, and how it moved.
        var x: Float
        var y: Float
        var shiftX: Float
        var shiftY: Float
        var weight: Float = 1
    }

    private let capacity: Int
    private let matches: UnsafeMutablePointer<Match>
    private let sorted: UnsafeMutablePointer<Float>
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        matches = .allocate(capacity: capacity)
        sorted = .allocate(capacity: capacity)
    }

    deinit {
        matches.deallocate()
        sorted.deallocate()
    }

    mutating func removeAll() { count = 0 }

    mutating func add(x: Float, y: Float, shiftX: Float, shiftY: Float) {
        guard count < capacity else { return }
        (matches + count).initialize(to: Match(x: x, y: y, shiftX: shiftX, shiftY: shiftY))
        count += 1
    }

    /// The shift at the centre; nil when the patches do not agree.
    ///
    /// - Parameter reach: width of the picture: patches a quarter of it from the centre count two thirds less.
    mutating func solve(reach: Float) -> (x: Float, y: Float, deviation: Float)? {
        guard count > 0 else { return nil }
        // Start from the medians, which half of the patches cannot move.
        var shiftX = median { $0.shiftX }
        var shiftY = median { $0.shiftY }
        var expansion: Float = 0
        var spread: Float = 2
        var total: Float = 0
        for round in 0..<5 {
            spread = max(round == 0 ? 2 : spread / 2, 0.35)
            weigh(shiftX, shiftY, expansion, spread: spread, reach: reach)
            total = solveOnce(&shiftX, &shiftY, &expansion)
            guard total > 2 else { return nil }
        }
        var squares: Float = 0
        var weightSquares: Float = 0
        for index in 0..<count {
            let match = matches[index]
            let (errorX, errorY) = error(match, shiftX, shiftY, expansion)
            squares += match.weight * (errorX * errorX + errorY * errorY) / 2
            weightSquares += match.weight * match.weight
        }
        let patches = total * total / max(weightSquares, 1e-6)
        return (shiftX, shiftY, max((squares / total / max(patches - 1.5, 1)).squareRoot(), 0.1))
    }

    private func error(_ match: Match, _ x: Float, _ y: Float, _ expansion: Float) -> (Float, Float) {
        (match.shiftX - x - expansion * match.x, match.shiftY - y - expansion * match.y)
    }

    /// Tukey's weights, and less for what lies far from the centre.
    private mutating func weigh(_ x: Float, _ y: Float, _ expansion: Float, spread: Float, reach: Float) {
        for index in 0..<count {
            let match = matches[index]
            let (errorX, errorY) = error(match, x, y, expansion)
            let share = (errorX * errorX + errorY * errorY) / (9 * spread * spread)
            let distance = match.x / (0.25 * reach)
            matches[index].weight = share < 1 ? (1 - share) * (1 - share) / (1 + 2 * distance * distance) : 0
        }
    }

    /// Weighted least squares of the three unknowns; returns the weights' sum.
    private func solveOnce(_ x: inout Float, _ y: inout Float, _ expansion: inout Float) -> Float {
        var weight: Float = 0
        var (meanX, meanY, meanShiftX, meanShiftY): (Float, Float, Float, Float) = (0, 0, 0, 0)
        for index in 0..<count {
            let match = matches[index]
            weight += match.weight
            meanX += match.weight * match.x
            meanY += match.weight * match.y
            meanShiftX += match.weight * match.shiftX
            meanShiftY += match.weight * match.shiftY
        }
        guard weight > 0 else { return 0 }
        meanX /= weight
        meanY /= weight
        meanShiftX /= weight
        meanShiftY /= weight
        var covariance: Float = 0
        // A patch or two must not be taken for an expansion.
        var variance: Float = 400
        for index in 0..<count {
            let match = matches[index]
            let (dx, dy) = (match.x - meanX, match.y - meanY)
            covariance += match.weight * (dx * (match.shiftX - meanShiftX) + dy * (match.shiftY - meanShiftY))
            variance += match.weight * (dx * dx + dy * dy)
        }
        expansion = covariance / variance
        x = meanShiftX - expansion * meanX
        y = meanShiftY - expansion * meanY
        return weight
    }

    private func median(_ value: (Match) -> Float) -> Float {
        for index in 0..<count {
            let new = value(matches[index])
            var place = index
            while place > 0, sorted[place - 1] > new {
                sorted[place] = sorted[place - 1]
                place -= 1
            }
            sorted[place] = new
        }
        return sorted[count / 2]
    }
}
