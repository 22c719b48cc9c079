import CV4L2
import Glibc
import Platform

/// When a frame was captured, on CLOCK_MONOTONIC, and how that is known.
public struct CaptureTime: Sendable, Hashable {
    /// Where the stamp comes from.
    public enum Origin: String, Sendable, Hashable {
        /// The driver's own, on CLOCK_MONOTONIC.
        case driver
        /// The driver's, on CLOCK_REALTIME; converted with the offset at the frame's arrival.
        case convertedRealTime = "converted_realtime"
        /// The driver's makes no sense: the moment at which the frame was taken from the driver.
        case arrival
    }

    /// Which moment of the frame's transfer a driver stamps.
    public enum Event: String, Sendable, Hashable {
        case startOfExposure = "start_of_exposure"
        case endOfFrame = "end_of_frame"
    }

    public var moment: MonotonicTime
    public var origin: Origin
    public var event: Event

    public init(moment: MonotonicTime, origin: Origin, event: Event) {
        self.moment = moment
        self.origin = origin
        self.event = event
    }

    /// A stamp this much older than the frame's arrival is not believed: no frame waits so long.
    private static var oldest: Int64 { 60_000_000_000 }
    /// A stamp may be this much ahead of its arrival: some drivers say when the frame's transfer will have ended.
    private static var ahead: Int64 { 100_000_000 }

    /// Reads a driver's stamp.
    ///
    /// - Parameters:
    ///   - stamp: nanoseconds, on the clock that the flags name or, with flags that name none, on an unknown one.
    ///   - flags: of the v4l2_buffer.
    ///   - clock: read when the frame arrived.
    public init(stamp: Int64, flags: UInt32, clock: DeviceCalls.ClockReading) {
        let isStart = flags & UInt32(V4L2_BUF_FLAG_TSTAMP_SRC_MASK) == UInt32(V4L2_BUF_FLAG_TSTAMP_SRC_SOE)
        let event: Event = isStart ? .startOfExposure : .endOfFrame
        func isRecent(_ nanoseconds: Int64) -> Bool {
            let (age, overflow) = clock.monotonic.nanoseconds.subtractingReportingOverflow(nanoseconds)
            return !overflow && age >= -Self.ahead && age <= Self.oldest
        }
        let isMonotonic =
            flags & UInt32(V4L2_BUF_FLAG_TIMESTAMP_MASK) == UInt32(V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC)
        let (converted, overflow) = stamp.subtractingReportingOverflow(clock.realTimeOffset)
        func believed(_ nanoseconds: Int64) -> MonotonicTime {
            min(MonotonicTime(nanoseconds: nanoseconds), clock.monotonic)
        }
        if isRecent(stamp) {
            // Copied stamps (V4L2_BUF_FLAG_TIMESTAMP_COPY) name no clock; one close to the monotonic clock is one of it.
            self.init(moment: believed(stamp), origin: .driver, event: event)
        } else if !isMonotonic, !overflow, isRecent(converted) {
            self.init(moment: believed(converted), origin: .convertedRealTime, event: event)
        } else {
            self.init(moment: clock.monotonic, origin: .arrival, event: event)
        }
    }
}
