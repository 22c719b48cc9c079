/// The loops over all pixels of a map, written to become vector code; see ``ScoreScan``.
enum MaskScan {
    /// Small enough that both temporary blocks fit the stack: larger ones would come from the heap.
    private static let blockLength = 128

    /// Sets `bit` in the mask where the second of two channels is greater than the first, and clears it elsewhere. A tie
    /// is background, as with an argmax.
    ///
    /// - Parameter map: the background channel, then the foreground channel, `count` values each.
    static func setForeground(
        of map: UnsafePointer<Float>, count: Int, bit: UInt8, in mask: UnsafeMutablePointer<UInt8>
    ) {
        let background = map
        let foreground = map + count
        let others = ~bit
        for pixel in 0..<count {
            let value: UInt8 = foreground[pixel] > background[pixel] ? bit : 0
            mask[pixel] = mask[pixel] & others | value
        }
    }

    /// The number of the greatest of `classCount` channels for each pixel, the first of equals.
    static func greatestChannel(
        of scores: UnsafePointer<Float>, classCount: Int, count: Int, into mask: UnsafeMutablePointer<UInt8>
    ) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: blockLength) { best in
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: blockLength) { label in
                guard let best = best.baseAddress, let label = label.baseAddress else { return }
                var start = 0
                while start < count {
                    let length = min(blockLength, count &- start)
                    best.update(from: scores + start, count: length)
                    label.update(repeating: 0, count: length)
                    for channel in 1..<max(classCount, 1) {
                        let row = scores + (channel &* count &+ start)
                        let number = Int32(truncatingIfNeeded: channel)
                        for pixel in 0..<length {
                            let isGreater = row[pixel] > best[pixel]
                            best[pixel] = isGreater ? row[pixel] : best[pixel]
                            label[pixel] = isGreater ? number : label[pixel]
                        }
                    }
                    for pixel in 0..<length { mask[start &+ pixel] = UInt8(truncatingIfNeeded: label[pixel]) }
                    start &+= length
                }
            }
        }
    }

    /// 1 where a value is greater than the threshold, else 0.
    static func threshold(
        _ scores: UnsafePointer<Float>, at threshold: Float, count: Int, into mask: UnsafeMutablePointer<UInt8>
    ) {
        for pixel in 0..<count { mask[pixel] = scores[pixel] > threshold ? 1 : 0 }
    }

    /// Class numbers as bytes. A value that is no class (negative, too great, not a number) becomes class 0.
    static func classNumbers(
        _ values: UnsafePointer<Float>, classCount: Int, count: Int, into mask: UnsafeMutablePointer<UInt8>
    ) {
        let end = Float(classCount)
        for pixel in 0..<count {
            let value = values[pixel]
            let isClass = value >= 0 && value < end
            mask[pixel] = UInt8(truncatingIfNeeded: Int32(isClass ? value : 0))
        }
    }

    /// Replaces every byte by the table's entry for it.
    static func translate(_ mask: UnsafeMutablePointer<UInt8>, count: Int, by table: UnsafePointer<UInt8>) {
        for pixel in 0..<count { mask[pixel] = table[Int(mask[pixel])] }
    }

    /// Bytes of a row in which the bit is set.
    ///
    /// - Parameter bit: a single one.
    static func count(bit: UInt8, in row: UnsafePointer<UInt8>, count: Int) -> Int {
        // Eight bytes at a time, each with a count of its own that holds no more than 255.
        let ones: UInt64 = 0x0101_0101_0101_0101
        let pairs: UInt64 = 0x00ff_00ff_00ff_00ff
        let shift = UInt64(bit.trailingZeroBitCount)
        var total = 0
        var place = 0
        while place &+ 8 <= count {
            let end = min(count, place &+ 255 &* 8)
            var counts: UInt64 = 0
            while place &+ 8 <= end {
                let pixels = UnsafeRawPointer(row + place).loadUnaligned(as: UInt64.self)
                counts &+= (pixels &>> shift) & ones
                place &+= 8
            }
            let sums = (counts & pairs) &+ (counts &>> 8 & pairs)
            total &+= Int((sums &* 0x0001_0001_0001_0001) &>> 48)
        }
        for pixel in place..<count where row[pixel] & bit != 0 { total += 1 }
        return total
    }
}
