import Glibc
import Messages
import Platform

/// Brings the times of a publisher's messages onto one axis of nanoseconds since 1970.
///
/// A live source counts from the machine's start, a replay from the drive's beginning; lines of the log and what has no header
/// count from the machine's start in either case.
struct RecordingClock {
    /// What time 0 of a drive is, where that is known beforehand.
    private let epoch: Int64?
    /// From the machine's clock to the time of day.
    private let realOffset = Self.now(CLOCK_REALTIME) - Self.now(CLOCK_MONOTONIC)
    /// From the drive's time to the recording's; nil before the first message that counts so.
    private var driveOffset: Int64?

    /// Times that are further from the moment of publishing than this are not the machine's.
    private static let tolerance: Int64 = 60_000_000_000

    init(epoch: Int64?) {
        self.epoch = epoch
    }

    /// What is added to a message's own times.
    ///
    /// - Parameters:
    ///   - header: nil for messages that have none.
    ///   - publishTime: when the message was published, CLOCK_MONOTONIC.
    ///   - latest: the recording's latest time. In the recording of a drive whose time 0 is known, what counts by the
    ///     machine's clock has no place of its own and comes behind that.
    mutating func offset(of header: MessageHeader?, publishTime: Int64, latest: Int64) -> Int64 {
        let own = header?.publishTime ?? publishTime
        if abs(own - publishTime) <= Self.tolerance {
            return epoch.map { max(latest, $0) - own } ?? realOffset
        }
        // Without an epoch, a drive's first message counts as published now.
        let offset = driveOffset ?? epoch ?? publishTime + realOffset - own
        driveOffset = offset
        return offset
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
