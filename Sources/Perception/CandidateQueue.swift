/// The candidates of one frame, best first, in storage that never grows.
///
/// A candidate is one 64-bit key: the complement of its score's bits above its number, so that ascending keys mean
/// descending scores, equal scores in the order of their numbers. Positive floats compare as their bits do.
///
/// When more candidates come than may stay, the queue drops the worst half at once and from then on refuses what would
/// not stay: the result is exactly the best `limit` of all, in time linear in the number offered.
struct CandidateQueue: ~Copyable {
    private let limit: Int
    private let capacity: Int
    private let keys: UnsafeMutablePointer<UInt64>
    private let scratch: UnsafeMutablePointer<UInt64>
    private let histograms: UnsafeMutablePointer<UInt32>
    private var worstKey = UInt64.max
    private(set) var count = 0

    /// - Parameters:
    ///   - limit: candidates that may stay.
    ///   - offered: the most that a frame can offer.
    init(limit: Int, offered: Int) {
        self.limit = max(min(limit, offered), 1)
        capacity = offered <= limit ? self.limit + 1 : self.limit * 2
        keys = .allocate(capacity: capacity)
        scratch = .allocate(capacity: capacity)
        histograms = .allocate(capacity: 8 * 256)
    }

    deinit {
        keys.deallocate()
        scratch.deallocate()
        histograms.deallocate()
    }

    mutating func removeAll() {
        count = 0
        worstKey = .max
    }

    /// Takes a candidate with a score above 0.
    @inline(__always)
    mutating func insert(score: Float, number: Int) {
        let key = UInt64(~score.bitPattern) << 32 | UInt64(truncatingIfNeeded: UInt32(truncatingIfNeeded: number))
        guard key <= worstKey else { return }
        keys[count] = key
        count &+= 1
        if count == capacity { dropWorst() }
    }

    /// Score and number of the candidate at a place, after ``sort()``.
    @inline(__always)
    func candidate(at index: Int) -> (score: Float, number: Int) {
        let key = keys[index]
        return (Float(bitPattern: ~UInt32(truncatingIfNeeded: key >> 32)), Int(UInt32(truncatingIfNeeded: key)))
    }

    /// Puts the best first and cuts at the limit.
    mutating func sort() {
        if count > limit { dropWorst() }
        if count <= 48 { sortByInsertion() } else { sortByRadix() }
    }

    private mutating func sortByInsertion() {
        guard count > 1 else { return }
        for index in 1..<count {
            let key = keys[index]
            var place = index
            while place > 0, keys[place - 1] > key {
                keys[place] = keys[place - 1]
                place -= 1
            }
            keys[place] = key
        }
    }

    /// Least significant digit first, eight bits at a time; digits that all keys share are passed over.
    private mutating func sortByRadix() {
        histograms.update(repeating: 0, count: 8 * 256)
        for index in 0..<count {
            var key = keys[index]
            for digit in 0..<8 {
                histograms[digit &* 256 &+ Int(key & 255)] &+= 1
                key >>= 8
            }
        }
        var source = keys
        var target = scratch
        for digit in 0..<8 {
            let shift = UInt64(digit * 8)
            let places = histograms + digit * 256
            if places[Int(source[0] >> shift & 255)] == UInt32(count) { continue }
            var next: UInt32 = 0
            for value in 0..<256 {
                let here = places[value]
                places[value] = next
                next &+= here
            }
            for index in 0..<count {
                let key = source[index]
                let value = Int(key >> shift & 255)
                target[Int(places[value])] = key
                places[value] &+= 1
            }
            swap(&source, &target)
        }
        if source != keys { keys.update(from: source, count: count) }
    }

    /// Keeps the best `limit` keys, by Hoare's selection with the median of three as pivot.
    private mutating func dropWorst() {
        guard count > limit else { return }
        var low = 0
        var high = count - 1
        let wanted = limit - 1
        while low < high {
            let pivot = medianOfThree(keys[low], keys[low + (high - low) / 2], keys[high])
            var left = low
            var right = high
            while left <= right {
                while keys[left] < pivot { left += 1 }
                while keys[right] > pivot { right -= 1 }
                if left <= right {
                    let key = keys[left]
                    keys[left] = keys[right]
                    keys[right] = key
                    left += 1
                    right -= 1
                }
            }
            if wanted <= right { high = right } else if wanted >= left { low = left } else { break }
        }
        count = limit
        worstKey = keys[wanted]
    }

    private func medianOfThree(_ first: UInt64, _ second: UInt64, _ third: UInt64) -> UInt64 {
        max(min(first, second), min(max(first, second), third))
    }
}
