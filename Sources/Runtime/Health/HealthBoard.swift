import Messages
import Platform
import Synchronization

/// What is wrong at this moment, raised and cleared by every part of the runtime: source, networks, bus, recorder, loop.
///
/// Parts of the frame path take a ``HealthSignal`` at set-up and use it without locks or allocation. Slow parts whose causes
/// are not known beforehand (a subscriber that has just come) use ``raise(_:stage:amount:unit:detail:)``. The supervisor
/// reads the board, publishes it once a second and at once when something begins or ends.
public final class HealthBoard: Sendable {
    /// What holds at one moment, and what ended since the board was read before.
    package struct Reading: Sendable {
        package var causes: [Sightline_HealthCause] = []
        package var ended: [Sightline_HealthCause] = []
    }

    private struct Entry {
        package let signal: HealthSignal
        package var seenEpisodes: UInt64 = 0
    }

    private let entries = Mutex<[Entry]>([])
    private let changes = FutexWord()

    public init() {}

    /// Lets SIGINT and SIGTERM wake whoever waits for a change.
    package func wakeWhenInterrupted() { InterruptFlag.wake(changes) }

    // MARK: - Raising

    /// A signal for one thing that can be wrong. The same kind and stage give the same signal.
    ///
    /// - Parameter describe: words the cause in one sentence; runs on the supervisor's thread.
    public func signal(
        _ kind: HealthSignal.Kind, stage: String, unit: String, describe: @escaping HealthSignal.Describe
    ) -> HealthSignal {
        entries.withLock { entries in
            if let known = entries.first(where: { $0.signal.kind == kind && $0.signal.stage == stage }) {
                return known.signal
            }
            let signal = HealthSignal(kind, stage: stage, unit: unit, changes: changes, describe: describe)
            entries.append(Entry(signal: signal))
            return signal
        }
    }

    /// Raises a cause that was not known at set-up. Takes a lock and allocates: not for the frame path.
    public func raise(
        _ kind: HealthSignal.Kind, stage: String, amount: Double = 0, unit: String = "", detail: String
    ) {
        signal(kind, stage: stage, unit: unit) { _, _ in "" }.raise(amount: amount, detail: detail)
    }

    /// Clears a cause, if it is raised. Takes a lock: not for the frame path.
    public func clear(_ kind: HealthSignal.Kind, stage: String) {
        let found = entries.withLock { entries in
            entries.first { $0.signal.kind == kind && $0.signal.stage == stage }?.signal
        }
        found?.clear()
    }

    // MARK: - Reading

    /// Changes whenever a cause begins or ends, and with ``wake()``.
    package var revision: UInt32 { changes.value }

    /// Sleeps until the revision is another one, at most that long.
    package func wait(while revision: UInt32, timeoutNanoseconds: Int64) {
        changes.wait(while: revision, timeoutNanoseconds: timeoutNanoseconds)
    }

    /// Wakes whoever waits for a change.
    package func wake() { changes.advance() }

    /// Reads all signals; one thread does this. An episode that began and ended since the last reading is among the ended.
    package func read() -> Reading {
        entries.withLock { entries in
            var reading = Reading()
            for index in entries.indices {
                let signal = entries[index].signal
                let episodes = signal.endedEpisodes
                if episodes != entries[index].seenEpisodes {
                    entries[index].seenEpisodes = episodes
                    reading.ended.append(signal.takeEnded())
                }
                if let cause = signal.current { reading.causes.append(cause) }
            }
            reading.causes.sort { $0.kind.severity > $1.kind.severity }
            return reading
        }
    }
}
