/// The loops over all scores: the part of decoding that touches every number a network gives.
///
/// Written so that the compiler turns them into vector code: plain counted loops over pointers, wrapping arithmetic on
/// indices, and `a > b ? a : b`, which is one instruction (`Float.maximum` must treat NaN and signed zeros and is not).
/// A NaN never wins such a comparison, so it never becomes a candidate.
enum ScoreScan {
    /// Cells whose maxima stay in the first cache level while all classes pass by.
    private static let blockLength = 1024

    /// The greatest score of each cell where a class's cells lie side by side.
    ///
    /// - Parameters:
    ///   - scores: `classCount` rows of `cellCount` scores.
    ///   - maxima: receives `cellCount` values.
    static func columnMaxima(
        of scores: UnsafePointer<Float>, classCount: Int, cellCount: Int, into maxima: UnsafeMutablePointer<Float>
    ) {
        var start = 0
        while start < cellCount {
            let length = min(blockLength, cellCount &- start)
            let block = maxima + start
            block.update(repeating: -.infinity, count: length)
            var classIndex = 0
            while classIndex &+ 4 <= classCount {
                let first = scores + (classIndex &* cellCount &+ start)
                maximize(block, with: first, rowStride: cellCount, length: length)
                classIndex &+= 4
            }
            while classIndex < classCount {
                let row = scores + (classIndex &* cellCount &+ start)
                for cell in 0..<length {
                    block[cell] = row[cell] > block[cell] ? row[cell] : block[cell]
                }
                classIndex &+= 1
            }
            start &+= length
        }
    }

    /// Four rows at a time, so that the maxima are loaded and stored a quarter as often.
    @inline(__always)
    private static func maximize(
        _ block: UnsafeMutablePointer<Float>, with rows: UnsafePointer<Float>, rowStride: Int, length: Int
    ) {
        let second = rows + rowStride
        let third = second + rowStride
        let fourth = third + rowStride
        for cell in 0..<length {
            // The row's value comes first: where it is NaN the comparison fails and the other one stays.
            var best = block[cell]
            best = rows[cell] > best ? rows[cell] : best
            best = second[cell] > best ? second[cell] : best
            best = third[cell] > best ? third[cell] : best
            best = fourth[cell] > best ? fourth[cell] : best
            block[cell] = best
        }
    }

    /// The greatest of some scores side by side.
    @inline(__always)
    static func maximum(of scores: UnsafePointer<Float>, count: Int) -> Float {
        var lanes = SIMD8<Float>(repeating: -.infinity)
        var index = 0
        while index &+ 8 <= count {
            let values = UnsafeRawPointer(scores + index).loadUnaligned(as: SIMD8<Float>.self)
            lanes.replace(with: values, where: values .> lanes)
            index &+= 8
        }
        var best = lanes.max()
        while index < count {
            best = scores[index] > best ? scores[index] : best
            index &+= 1
        }
        return best
    }
}
