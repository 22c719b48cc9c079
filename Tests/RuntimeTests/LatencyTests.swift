import Platform
import Runtime
import Testing

@Suite("Latency")
struct LatencyTests {
    @Test("percentiles are those of the recorded durations within the histogram's precision")
    func percentiles() {
        var histogram = LatencyHistogram()
        for millisecond in 1...1000 { histogram.record(nanoseconds: Int64(millisecond) * 1_000_000) }
        #expect(abs(histogram.milliseconds(atPercentile: 50) - 500) < 1)
        #expect(abs(histogram.milliseconds(atPercentile: 99) - 990) < 1)
        #expect(histogram.summary.maximum == 1000)
    }

    @Test("a frame's stages add up to its whole way")
    func timeline() {
        var timeline = FrameTimeline()
        let capture = MonotonicTime(nanoseconds: 1_000)
        timeline.begin(capture: capture, now: capture + 500)
        timeline.finish(.preprocess, now: capture + 700)
        timeline.finish(.detection, now: capture + 1700)
        timeline.finish(.preprocess, now: capture + 1800)
        timeline.finish(.publish, now: capture + 2000)
        #expect(timeline.duration(of: .wait) == 500)
        #expect(timeline.duration(of: .preprocess) == 300)
        #expect(timeline.total == 2000)
        #expect(Stage.allCases.reduce(0) { $0 + timeline.duration(of: $1) } == timeline.total)
    }
}
