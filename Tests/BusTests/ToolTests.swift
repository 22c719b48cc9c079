import Messages
import SightlineBus
import Testing

/// What `hz`, `bw`, `delay` and `topics` show.
@Suite("tools")
struct ToolTests {
    private func envelope(_ sequence: UInt64, publish: Int64, receive: Int64, dropped: UInt64 = 0) -> MessageEnvelope {
        MessageEnvelope(
            publisher: "p", topic: "a", sequence: sequence, droppedBefore: dropped, isRetained: false,
            publishTime: publish, receiveTime: receive)
    }

    @Test("percentiles are by nearest rank, and the window keeps the newest samples")
    func samples() throws {
        var window = SampleWindow(capacity: 100)
        #expect(window.summary == nil)
        for value in -50...100 { window.add(Double(value)) }
        let summary = try #require(window.summary)
        #expect(summary.count == 100 && window.total == 151)
        #expect(summary.minimum == 1 && summary.median == 50 && summary.p90 == 90 && summary.p99 == 99)
        #expect(summary.maximum == 100 && summary.mean == 50.5)
    }

    @Test("a meter tells rate, bandwidth, losses, and both delays")
    func meter() throws {
        var meter = TopicMeter(topic: "a")
        #expect(meter.rateText == "a: no messages yet" && meter.rate == nil)
        let header = Sightline_Header.with {
            $0.captureTimeNs = 1_000_000
            $0.publishTimeNs = 6_000_000
        }
        // Every 10 ms, 5 ms old at publish, 1 ms on the way.
        for index in 0..<101 {
            let publish = Int64(index) * 10_000_000
            meter.add(
                envelope: envelope(
                    UInt64(index + 1), publish: publish, receive: publish + 1_000_000, dropped: index == 50 ? 3 : 0),
                byteCount: 200, header: header)
        }
        #expect(meter.rate == 100 && meter.bandwidth == 20_000 && meter.dropped == 3 && meter.seconds == 1)
        #expect(meter.publishToReceive.summary?.p99 == 1 && meter.captureToReceive.summary?.p99 == 6)
        #expect(meter.rateText.hasPrefix("a: 100.00 Hz, period p50 10.000") && meter.rateText.hasSuffix("lost 3"))
        #expect(meter.bandwidthText.hasPrefix("a: 20.00 kB/s, message mean 200 B"))
        #expect(meter.delayText.contains("publish to receive p50 1.000"))
        #expect(meter.delayText.contains("capture to receive p50 6.000"))
        #expect(meter.json["hz"] == .number(100) && meter.json["dropped"] == .unsigned(3))
    }

    @Test("a retained value, which is old, is no sample of rate or delay")
    func retained() {
        var meter = TopicMeter(topic: "a")
        var old = envelope(1, publish: 0, receive: 1_000_000_000_000)
        old.isRetained = true
        meter.add(envelope: old, byteCount: 10, header: nil)
        #expect(meter.messages == 1 && meter.publishToReceive.isEmpty && meter.rate == nil)
    }

    @Test("a listing shows publishers with their topics, in words and as JSON")
    func listing() throws {
        let bus = BusFixture()
        let publisher = try bus.publisher("front")
        try publisher.topic(.health, options: TopicOptions(isRetained: true)).publish(message: Sightline_Health())
        _ = try publisher.frames(options: FrameOptions(frameByteLimit: 100))
        let info = try #require(try BusDirectory.list(directory: bus.directory).first)
        #expect(info.text.contains("front  process "))
        #expect(info.text.contains("health  sightline.Health  1 published, retained"))
        #expect(info.text.contains("frame   sightline.Frame  0 published, shared memory"))
        #expect(info.json["publisher"] == .string("front") && info.json["subscribers"] == .signed(0))
    }
}
