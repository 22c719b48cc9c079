import Messages
import Platform

/// The times that a frame's messages carry.
public struct FrameStamp: Sendable {
    /// The frame's number since the run began; numbers of frames that were overwritten are missing.
    public var number: UInt64

    /// When the frame was captured, on the source's own time axis: CLOCK_MONOTONIC for cameras, the recording's for drives.
    public var captureTime: Int64

    /// When the frame was captured or fell due, on CLOCK_MONOTONIC: ages are counted from here. Nil on a virtual clock,
    /// where results have no age.
    public var capture: MonotonicTime?

    public init(number: UInt64, captureTime: Int64, capture: MonotonicTime?) {
        self.number = number
        self.captureTime = captureTime
        self.capture = capture
    }

    /// Nanoseconds from capture until now; 0 on a virtual clock.
    var age: Int64 { capture.map { MonotonicTime.now - $0 } ?? 0 }

    /// The header of a message about this frame that is published now.
    func header(camera: String, sequence: UInt64) -> MessageHeader {
        let age = age
        return MessageHeader(
            frameID: number, captureTime: captureTime, publishTime: captureTime + age, camera: camera,
            sequence: sequence, age: age)
    }
}
