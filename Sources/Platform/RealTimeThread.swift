import CLinux
import Glibc
import Synchronization

/// A dedicated thread with a name and, where the system permits, real-time priority and a processor of its own.
public final class RealTimeThread: @unchecked Sendable {
    // Sendable without checking is sound: `handle` is written once before the thread is visible, and `join` is guarded.
    private var handle = pthread_t()
    private var isJoined = false

    /// How a thread wants to be scheduled. What is refused is reported, not fatal.
    public struct Scheduling: Sendable, Hashable {
        /// SCHED_FIFO priority 1...99, or nil for the normal scheduler.
        public var priority: Int32?
        /// The processor to stay on, or nil for any.
        public var processor: Int?

        public init(priority: Int32? = nil, processor: Int? = nil) {
            self.priority = priority
            self.processor = processor
        }

        public static let normal = Scheduling()
    }

    /// What runs first on every thread that starts from now on: for tools that count per thread.
    public typealias StartObserver = @Sendable (_ name: String) -> Void

    private static let observer = Mutex<StartObserver?>(nil)

    /// Sets the observer of all threads of the process.
    public static func observeStarts(_ body: StartObserver?) { observer.withLock { $0 = body } }

    private final class Start {
        let name: String
        let scheduling: Scheduling
        let body: @Sendable ([String]) -> Void

        init(name: String, scheduling: Scheduling, body: @escaping @Sendable ([String]) -> Void) {
            self.name = name
            self.scheduling = scheduling
            self.body = body
        }
    }

    /// Starts a thread.
    ///
    /// - Parameters:
    ///   - name: at most 15 bytes are visible to the system.
    ///   - body: runs on the thread. It is told, one line each, what the system refused of the wished scheduling.
    public init(
        name: String, scheduling: Scheduling = .normal, _ body: @escaping @Sendable (_ refusals: [String]) -> Void
    ) throws(PlatformError) {
        let start = Unmanaged.passRetained(Start(name: name, scheduling: scheduling, body: body))
        let code = pthread_create(
            &handle, nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                RealTimeThread.observer.withLock { $0 }?(start.name)
                start.body(RealTimeThread.apply(start.scheduling, name: start.name))
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            start.release()
            throw .threadStart(name: name, code: code)
        }
    }

    /// Waits until the thread has ended. Called once, by its owner.
    public func join() {
        precondition(!isJoined, "a thread is joined once")
        isJoined = true
        pthread_join(handle, nil)
    }

    /// Names the calling thread and schedules it as wished; returns what was refused, one line each.
    public static func apply(_ scheduling: Scheduling, name: String) -> [String] {
        sightline_thread_set_name(name)
        var refusals: [String] = []
        if let processor = scheduling.processor {
            let code = sightline_thread_pin(Int32(clamping: processor))
            if code != 0 {
                refusals.append("\(name): not pinned to processor \(processor): \(SystemCall.message(for: code))")
            }
        }
        if let priority = scheduling.priority {
            var parameters = sched_param(sched_priority: priority)
            let code = pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters)
            if code != 0 { refusals.append("\(name): no real-time priority: \(SystemCall.message(for: code))") }
        }
        return refusals
    }
}
