import Glibc
import Platform
import Synchronization

/// Forces what was written to the disk, on a thread of its own: a busy disk takes its time for that, and whoever writes would
/// lose messages meanwhile. One thread uses it at a time.
final class DiskSynchronizer {
    private let shared = Shared()
    private var thread: RealTimeThread?

    deinit { finish() }

    /// Begins to force a file's data to the disk.
    ///
    /// - Returns: false while the last file is still under way; nothing has begun then.
    func start(_ file: RecordingFile) throws(RecordingError) -> Bool {
        if thread == nil {
            do throws(PlatformError) {
                thread = try RealTimeThread(name: "recorder-sync") { [shared] _ in shared.run() }
            } catch {
                throw .writingFailed(path: file.path, detail: "\(error)")
            }
        }
        return shared.begin(file)
    }

    /// Why a file could not be forced to the disk, if one could not since the last call.
    func takeFailure() -> RecordingError? { shared.takeFailure() }

    /// Waits for what is under way, and ends the thread.
    func finish() {
        shared.end()
        thread?.join()
        thread = nil
    }

    /// What both threads see.
    private final class Shared: Sendable {
        private struct State {
            var file: RecordingFile?
            var failure: RecordingError?
            var isEnding = false
        }

        private let state = Mutex(State())
        private let changes = FutexWord()

        func begin(_ file: RecordingFile) -> Bool {
            let hasBegun = state.withLock { state in
                guard state.file == nil else { return false }
                state.file = file
                return true
            }
            changes.advance()
            return hasBegun
        }

        func takeFailure() -> RecordingError? {
            state.withLock { state in
                defer { state.failure = nil }
                return state.failure
            }
        }

        func end() {
            state.withLock { $0.isEnding = true }
            changes.advance()
        }

        func run() {
            while true {
                let seen = changes.value
                let (file, isEnding) = state.withLock { ($0.file, $0.isEnding) }
                guard let file else {
                    if isEnding { return }
                    changes.wait(while: seen)
                    continue
                }
                var failure: RecordingError?
                do throws(RecordingError) { try file.synchronize() } catch { failure = error }
                state.withLock { state in
                    state.file = nil
                    state.failure = failure ?? state.failure
                }
            }
        }
    }
}
