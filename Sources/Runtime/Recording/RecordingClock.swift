import Glibc
import Messages
import Platform

/// Brings the times of a publisher's messages, which count from a machine's start or from a drive's beginning, onto one axis
/// of nanoseconds since 1970.
struct RecordingClock {
    /// What is added to a message's own times.
    let offset: Int64

    /// Times that are further from the clock than this are not this machine's.
    private static let tolerance: Int64 = 60_000_000_000

    /// - Parameters:
    ///   - header: of the publisher's first message; nil for messages that have none.
    ///   - publishTime: when that message was published, CLOCK_MONOTONIC.
    ///   - epoch: what time 0 of a drive is; nil to find out from the message.
    init(header: MessageHeader?, publishTime: Int64, epoch: Int64?) {
        let realOffset = Self.now(CLOCK_REALTIME) - Self.now(CLOCK_MONOTONIC)
        if let epoch {
            offset = epoch
        } else if let header, abs(header.publishTime - publishTime) > Self.tolerance {
            // A replay: its first message counts as published now.
            offset = publishTime + realOffset - header.publishTime
        } else {
            offset = realOffset
        }
    }

    static func now(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// The time of day, as recordings count it.
public enum RecordingTime {
    /// Nanoseconds since 1970.
    public static var now: Int64 { RecordingClock.now(CLOCK_REALTIME) }
}
