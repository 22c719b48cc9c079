import Testing

import Quantization

@Suite("Streaming histogram")
struct StreamingHistogramTests {
    @Test("every value is counted exactly once, whatever the order of the batches")
    func countsAll() {
        var random = RandomNumbers(seed: 1)
        var histogram = StreamingHistogram(binCount: 64)
        var added = 0
        for round in 0..<20 {
            let scale = Float(1 << (round % 7))
            let batch = random.normals(500 + round * 400, mean: Float(round - 10), deviation: scale)
            histogram.take(batch)
            added += batch.count
        }
        #expect(histogram.total == Double(added))
        #expect(histogram.counts.reduce(0, +) + histogram.zeroCount == Double(added))
    }

    @Test("growing keeps each value within one bin of where it belongs")
    func growsWithoutMovingCounts() {
        var random = RandomNumbers(seed: 2)
        var histogram = StreamingHistogram(binCount: 256)
        var all: [Float] = []
        for scale: Float in [0.01, 1, 5, 40, 3] {
            let batch = random.normals(3000, mean: -scale / 3, deviation: scale)
            all += batch
            histogram.take(batch)
        }
        // Compare the cumulative distribution at every edge with the one of the sorted values.
        let sorted = all.sorted()
        var below = 0.0
        for bin in histogram.counts.indices {
            below += histogram.counts[bin]
            let edge = histogram.lowerEdge + Double(bin + 1) * histogram.binWidth
            let exact = Double(sorted.count { Double($0) < edge })
            // A float at an edge may be rounded across it, no further.
            let tolerance = Double(sorted.count { abs(Double($0) - edge) < histogram.binWidth * 1e-3 })
            #expect(abs(below - exact) <= tolerance)
        }
    }

    @Test("extremes come from all values, counts from every n-th")
    func stride() {
        var histogram = StreamingHistogram()
        var values = [Float](repeating: 1, count: 1000)
        values[501] = 7
        values[777] = -3
        let added = values.withUnsafeBufferPointer { histogram.add($0, stride: 10) }
        #expect(added)
        #expect(histogram.minimum == -3)
        #expect(histogram.maximum == 7)
        #expect(histogram.total == 100)
    }

    @Test("large batches are counted as small ones are")
    func lanes() {
        var random = RandomNumbers(seed: 3)
        let values = random.normals(20_000).map { $0 < -1 ? 0 : $0 }
        var whole = StreamingHistogram()
        var pieces = StreamingHistogram()
        whole.take([-8, 8])
        pieces.take([-8, 8])
        whole.take(values)
        for start in Swift.stride(from: 0, to: values.count, by: 1000) {
            pieces.take(Array(values[start..<start + 1000]))
        }
        #expect(whole.counts == pieces.counts)
        #expect(whole.zeroCount == pieces.zeroCount)
        #expect(whole.zeroCount > 0)
    }

    @Test(
        "infinite and undefined values are refused and leave no trace", arguments: [Float.infinity, -.infinity, .nan])
    func notFinite(_ bad: Float) {
        var histogram = StreamingHistogram()
        histogram.take([1, 2, 3])
        for position in 0..<20 {
            var batch = [Float](repeating: 0.5, count: 20)
            batch[position] = bad
            #expect(histogram.refuses(batch))
        }
        #expect(histogram.total == 3)
        #expect(histogram.maximum == 3)
    }

    @Test("a tensor of zeros has no bins and no power")
    func zeros() {
        var histogram = StreamingHistogram()
        histogram.take([0, 0, -0.0])
        #expect(histogram.zeroCount == 3)
        #expect(histogram.power == 0)
        #expect(RangeSearch([histogram]).range(by: .meanSquaredError) == ActivationRange(lower: 0, upper: 0))
        histogram.take([5])
        #expect(histogram.total == 4)
    }
}
