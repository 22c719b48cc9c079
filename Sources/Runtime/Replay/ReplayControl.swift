import Platform
import Synchronization

/// What a person does to a running replay: pause, step, seek, speed. Any thread may ask; the thread that reads the drive obeys.
public final class ReplayControl: Sendable {
    /// What was asked for and not done yet.
    struct Requests {
        var steps = 0
        /// Seconds to go forward, or back.
        var seek: Double?
    }

    private struct State {
        var isPaused = false
        var requests = Requests()
        var speed: Double
    }

    private let state: Mutex<State>
    private let changes = FutexWord()
    /// Where the drive is, nanoseconds from its beginning.
    private let positionValue = Atomic<Int64>(0)

    /// Speeds that one steps through.
    static let speeds = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]

    public init(speed: Double = 1) {
        state = Mutex(State(speed: speed))
    }

    // MARK: - Asking

    public func togglePause() { change { $0.isPaused.toggle() } }

    /// One frame more, then pause.
    public func step() {
        change { state in
            state.isPaused = true
            state.requests.steps += 1
        }
    }

    public func seek(by seconds: Double) { change { $0.requests.seek = ($0.requests.seek ?? 0) + seconds } }

    public func faster() { change { state in state.speed = Self.speeds.first { $0 > state.speed } ?? state.speed } }

    public func slower() { change { state in state.speed = Self.speeds.last { $0 < state.speed } ?? state.speed } }

    public var isPaused: Bool { state.withLock { $0.isPaused } }
    public var speed: Double { state.withLock { $0.speed } }

    /// Seconds from the drive's beginning.
    public var position: Double { Double(positionValue.load(ordering: .relaxed)) * 1e-9 }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
        changes.advance()
    }

    // MARK: - Obeying

    /// Wakes whoever waits, for another reason than a request.
    func wake() { changes.advance() }

    /// Changes with every request.
    var revision: UInt32 { changes.value }

    /// Sleeps until something is asked for, at most that long.
    func wait(while revision: UInt32, timeoutNanoseconds: Int64) {
        changes.wait(while: revision, timeoutNanoseconds: timeoutNanoseconds)
    }

    func note(position: Int64) { positionValue.store(position, ordering: .relaxed) }

    /// Takes a step that was asked for; false when there is none.
    func takeStep() -> Bool {
        state.withLock { state in
            guard state.requests.steps > 0 else { return false }
            state.requests.steps -= 1
            return true
        }
    }

    var wantsSeek: Bool { state.withLock { $0.requests.seek != nil } }

    /// Takes the seconds to go, if that was asked for.
    func takeSeek() -> Double? {
        state.withLock { state in
            defer { state.requests.seek = nil }
            return state.requests.seek
        }
    }
}
