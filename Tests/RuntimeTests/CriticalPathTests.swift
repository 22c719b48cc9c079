import Platform
import Testing

import Runtime

@Suite("Critical path")
struct CriticalPathTests {
    private static let capture = MonotonicTime(nanoseconds: 5_000)

    private func timeline(_ spans: [(Stage, Int64, Int64)], wait: Int64) -> FrameTimeline {
        var timeline = FrameTimeline()
        timeline.begin(capture: Self.capture, now: Self.capture + wait)
        for (stage, begin, end) in spans { timeline.enter(stage, from: Self.capture + begin, to: Self.capture + end) }
        return timeline
    }

    @Test("stages one after the other all count, gaps to the stage behind them")
    func sequence() {
        let shares = CriticalPath.shares(
            of: timeline([(.preprocess, 10, 30), (.detection, 30, 100), (.publish, 110, 120)], wait: 10))
        #expect(shares[Stage.wait.rawValue] == 10)
        #expect(shares[Stage.preprocess.rawValue] == 20)
        #expect(shares[Stage.detection.rawValue] == 70)
        #expect(shares[Stage.publish.rawValue] == 20)
    }

    @Test("of two networks side by side only the one that was waited for counts")
    func overlap() {
        let shares = CriticalPath.shares(
            of: timeline([(.detection, 10, 60), (.road, 10, 90), (.publish, 90, 100)], wait: 10))
        #expect(shares[Stage.detection.rawValue] == 0)
        #expect(shares[Stage.road.rawValue] == 80)
        #expect(shares[Stage.publish.rawValue] == 10)
        #expect(shares[Stage.wait.rawValue] == 10)
    }

    @Test("inference side by side is taken from the overhead once")
    func overhead() {
        var record = FrameRecord()
        record.timeline = timeline([(.detection, 10, 60), (.road, 20, 90), (.publish, 90, 100)], wait: 10)
        #expect(record.overhead == 20)
    }

    @Test("a series gives nearest-rank percentiles and medians of blocks")
    func series() {
        let series = DurationSeries((1...200).map { Int64($0) * 1_000_000 })
        #expect(series.summary.p50 == 100 && series.summary.p99 == 198 && series.summary.maximum == 200)
        #expect(series.meanMilliseconds == 100.5)
        let blocks = series.blockMedians(count: 20)
        #expect(blocks.count == 20 && blocks.first == 6 && blocks.last == 196)
        #expect(DurationSeries([1, 2, 3]).blockMedians(count: 20).isEmpty)
    }
}
