import CV4L2
import Platform
import Testing

import Camera

@Suite("Capture times")
struct CaptureTimeTests {
    private let clock = DeviceCalls.ClockReading(
        monotonic: .init(nanoseconds: 5_000_000_000_000), realTimeOffset: 1_700_000_000_000_000_000)
    private let monotonic = UInt32(V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC)

    @Test("a monotonic stamp is taken as it is, with the event that it marks")
    func monotonicStamp() {
        let stamp = clock.monotonic.nanoseconds - 12_000_000
        let start = CaptureTime(stamp: stamp, flags: monotonic | UInt32(V4L2_BUF_FLAG_TSTAMP_SRC_SOE), clock: clock)
        #expect(start == CaptureTime(moment: .init(nanoseconds: stamp), origin: .driver, event: .startOfExposure))
        #expect(CaptureTime(stamp: stamp, flags: monotonic, clock: clock).event == .endOfFrame)
    }

    @Test("a wall-clock stamp is converted")
    func realTime() {
        let time = CaptureTime(
            stamp: clock.monotonic.nanoseconds - 7_000_000 + clock.realTimeOffset, flags: 0, clock: clock)
        #expect(time.origin == .convertedRealTime)
        #expect(clock.monotonic - time.moment == 7_000_000)
    }

    @Test("a copied stamp close to the monotonic clock is one of it")
    func copied() {
        let flags = UInt32(V4L2_BUF_FLAG_TIMESTAMP_COPY)
        #expect(CaptureTime(stamp: clock.monotonic.nanoseconds - 1, flags: flags, clock: clock).origin == .driver)
    }

    @Test("a stamp that no clock explains gives way to the arrival", arguments: [0, -1, Int64.min, Int64.max, 1 << 62])
    func nonsense(stamp: Int64) {
        let time = CaptureTime(stamp: stamp, flags: monotonic, clock: clock)
        #expect(time.origin == .arrival && time.moment == clock.monotonic)
    }

    @Test("a stamp a little ahead of our clock is not in the future")
    func ahead() {
        let time = CaptureTime(stamp: clock.monotonic.nanoseconds + 30_000_000, flags: monotonic, clock: clock)
        #expect(time.origin == .driver && time.moment == clock.monotonic)
    }
}
