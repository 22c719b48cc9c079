import Calibration
import Platform
import Synchronization

/// Keeps what driving shows of a camera's mounting: saves it from time to time and at the end, and raises `CALIBRATION_DRIFT`
/// when the camera file no longer holds or the camera was moved. Has a thread of its own; the frame path never waits for it.
package final class CalibrationKeeper: Sendable {
    /// What both threads share.
    private final class Shared: Sendable {
        let online: Mutex<OnlineExtrinsics>
        let wake = FutexWord()
        let isClosed = Atomic<Bool>(false)
        let statePath: String?
        let alarm: CalibrationAlarm

        init(_ online: OnlineExtrinsics, statePath: String?, alarm: CalibrationAlarm) {
            self.online = Mutex(online)
            self.statePath = statePath
            self.alarm = alarm
        }
    }

    /// Nanoseconds from one save to the next.
    private static let saveInterval: Int64 = 30_000_000_000

    private let shared: Shared
    private let thread: RealTimeThread

    /// - Parameters:
    ///   - statePath: nil to save nothing.
    ///   - health: where alarms are raised.
    package init(_ online: OnlineExtrinsics, statePath: String?, health: HealthBoard) throws(RuntimeError) {
        let shared = Shared(online.separateCopy, statePath: statePath, alarm: CalibrationAlarm(board: health))
        self.shared = shared
        do throws(PlatformError) {
            thread = try RealTimeThread(name: "sightline-mount") { _ in Self.run(shared) }
        } catch {
            throw .platform(error)
        }
    }

    /// Takes what is known now, from the frame path: neither waits nor allocates. While the keeper is reading, it is left
    /// for the next time.
    package func offer(_ online: OnlineExtrinsics) {
        _ = shared.online.withLockIfAvailable { $0.assign(online) }
        shared.wake.advance()
    }

    /// Saves what was learnt and ends; nobody offers any more.
    package func close(_ online: OnlineExtrinsics) {
        shared.online.withLock { $0.assign(online) }
        shared.isClosed.store(true, ordering: .releasing)
        shared.wake.advance()
        thread.join()
    }

    private static func run(_ shared: Shared) {
        // A file that cannot be written is told once.
        var isSaving = shared.statePath != nil
        var saved = 0
        var nextSave = MonotonicTime.now + saveInterval
        while true {
            let seen = shared.wake.value
            let isClosed = shared.isClosed.load(ordering: .acquiring)
            let online = shared.online.withLock { $0.separateCopy }
            shared.alarm.look(online)
            if isSaving, let path = shared.statePath, online.revision != saved,
                isClosed || MonotonicTime.now >= nextSave
            {
                saved = online.revision
                nextSave = MonotonicTime.now + saveInterval
                do throws(CalibrationError) {
                    try online.save(to: path)
                } catch {
                    isSaving = false
                    shared.alarm.tellUnsaved(error)
                }
            }
            if isClosed { return }
            shared.wake.wait(while: seen)
        }
    }
}

extension OnlineExtrinsics {
    /// A copy that shares no storage, so that changing this one afterwards allocates nothing.
    fileprivate var separateCopy: OnlineExtrinsics {
        var copy = OnlineExtrinsics(mounting: filed, options: options)
        copy.assign(self)
        return copy
    }
}
