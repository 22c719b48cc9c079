import Platform

/// What the system granted of the ``RealTimeOptions``, and how threads of the frame path are scheduled accordingly.
public struct RealTimeGrant: Sendable {
    /// Granted SCHED_FIFO priority of the loop, or nil.
    public let priority: Int32?
    /// Processors for the frame path's threads; empty when they are not pinned.
    public let processors: [Int]
    /// What was refused and what helps, one line each.
    public let refusals: [String]

    /// Nothing asked, nothing granted.
    public static let none = RealTimeGrant(priority: nil, processors: [], refusals: [])

    private init(priority: Int32?, processors: [Int], refusals: [String]) {
        self.priority = priority
        self.processors = processors
        self.refusals = refusals
    }

    /// Asks the system: locks memory, and tries on a thread of its own whether real-time priority is permitted.
    public init(_ options: RealTimeOptions) {
        var refusals: [String] = []
        if options.locksMemory, let refusal = MemoryLock.lockAll() {
            refusals.append("memory is not locked (\(refusal); `ulimit -l unlimited` or CAP_IPC_LOCK permits it)")
        }
        var priority = options.priority
        if let wished = options.priority, let refusal = Self.refusal(of: wished) {
            priority = nil
            refusals.append("no real-time priority (\(refusal); `ulimit -r \(wished + 1)` or CAP_SYS_NICE permits it)")
        }
        self.priority = priority
        // A pinned thread without priority would wait behind any other program on its processor.
        processors = options.pinsThreads && priority != nil ? Processors.numbers : []
        self.refusals = refusals
    }

    /// What the system says against a priority; nil when it is granted.
    private static func refusal(of priority: Int32) -> String? {
        let answer = Answer()
        guard
            let thread = try? RealTimeThread(
                name: "sightline-probe", scheduling: .init(priority: priority), { answer.lines = $0 })
        else { return "no thread could be started" }
        thread.join()
        return answer.lines.first?.split(separator: ": ").last.map(String.init)
    }

    private final class Answer: @unchecked Sendable {
        // Sendable without checking is sound: written by the thread, read after it was joined.
        var lines: [String] = []
    }

    /// The loop's thread, which is also the first one of its engines.
    public var loop: RealTimeThread.Scheduling { thread(0) }

    /// The `index`-th thread that computes, 0 being the loop's.
    public func thread(_ index: Int) -> RealTimeThread.Scheduling {
        .init(priority: priority, processor: processors.isEmpty ? nil : processors[index % processors.count])
    }

    /// The thread that hands frames over at their time. It must not wait for the networks: above them, on any processor.
    public var source: RealTimeThread.Scheduling { .init(priority: priority.map { min($0 + 1, 99) }) }

    /// The thread that decodes frames of a drive before they fall due. Work on the frame at hand comes first: below the loop,
    /// or the loop would wait while the next frame is decoded.
    public var ahead: RealTimeThread.Scheduling { .init(priority: priority.map { max($0 - 1, 1) }) }
}
