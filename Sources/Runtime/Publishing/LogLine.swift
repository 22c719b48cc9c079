import Messages

/// One line on its way to the topic `log`.
struct LogLine: Sendable {
    var level = Sightline_Log.Level.unknown
    var source = ""
    var text = ""
    /// CLOCK_MONOTONIC nanoseconds at which it was written.
    var time: Int64 = 0
}
