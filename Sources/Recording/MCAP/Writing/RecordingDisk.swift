/// What stands between a recording and its disk: nothing in earnest, in tests a disk that is slow, full or read-only.
package struct RecordingDisk: Sendable {
    /// What is about to be asked of the system.
    package enum Call: Sendable {
        case create, reserve, write, synchronize
    }

    /// Called ahead of every call, on the recording's thread. It may wait; an `errno` other than 0 fails the call.
    package var ahead: @Sendable (Call) -> Int32

    package init(ahead: @escaping @Sendable (Call) -> Int32) {
        self.ahead = ahead
    }

    /// The system's own.
    package static let system = RecordingDisk { _ in 0 }
}
