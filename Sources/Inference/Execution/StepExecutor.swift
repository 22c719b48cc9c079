import CLinux
import Platform
import Synchronization

/// Runs steps, one after the other, each on all workers.
///
/// A whole run is one parallel region: workers are woken once, take tasks of the present step until none is left, meet at
/// a barrier, and sleep again at the end. The calling thread is worker 0. Nothing is allocated during a run.
final class StepExecutor: @unchecked Sendable {
    // Sendable without checking is sound: what changes (`deadline`, `watcher`, `stamps`) is written only by the caller before
    // workers are woken, or by the last worker at a barrier, which orders it before everybody's next read.

    let steps: [Step]
    private let taskCounts: [Int]
    private let workers: [Worker]
    private let barrier: Barrier
    private let generation = FutexWord()
    private let isQuitting = Atomic<Bool>(false)

    private var deadline: Int64 = .max
    /// Called behind each step of a run that is watched, while all workers wait.
    private var watcher: ((_ step: Int) -> Void)?
    /// Whether a run that cannot end by the deadline goes on as far as it gets, to be resumed.
    private var isSliced = false
    /// Index of the present step.
    private var position = 0
    /// When each step of the last run ended, behind the run's start; nanoseconds.
    private let stamps: UnsafeMutablePointer<Int64>
    /// The least time that the steps from each index to the end have ever taken together; nanoseconds.
    private let remaining: UnsafeMutablePointer<Int64>
    let statistics: StepStatistics

    init(steps: [Step], scratch: UnsafeMutableRawPointer, scratchPitch: Int, workers count: Int) {
        self.steps = steps
        taskCounts = steps.map(\.taskCount)
        workers = (0..<count).map { Worker(index: $0, scratch: scratch + $0 * scratchPitch) }
        barrier = Barrier(parties: count)
        stamps = .allocate(capacity: steps.count + 1)
        stamps.initialize(repeating: 0, count: steps.count + 1)
        remaining = .allocate(capacity: steps.count + 1)
        remaining.initialize(repeating: 0, count: steps.count + 1)
        statistics = StepStatistics(count: steps.count)
    }

    deinit {
        stamps.deallocate()
        remaining.deallocate()
    }

    // MARK: - The caller

    /// Runs all steps, or stops before the first that cannot be ended by the deadline.
    ///
    /// - Returns: the number of steps that were run.
    func run(deadline: MonotonicTime?) -> Int {
        self.deadline = deadline?.nanoseconds ?? .max
        isSliced = false
        position = 0
        let start = MonotonicTime.now.nanoseconds
        stamps[0] = start
        return workOn()
    }

    /// Runs steps from where the last slice ended, or from the first, and stops before the first step that cannot be ended by
    /// the moment.
    ///
    /// - Parameter isNew: whether to begin at the first step, whatever was left unfinished.
    /// - Returns: the number of steps that are done.
    func advance(until moment: MonotonicTime, isNew: Bool) -> Int {
        deadline = moment.nanoseconds
        isSliced = true
        if isNew || position == steps.count { position = 0 }
        // The pause between slices counts for no step.
        let start = MonotonicTime.now.nanoseconds
        let pause = start - stamps[position]
        if position == 0 { stamps[0] = start }
        for step in 0..<position { stamps[step] += pause }
        if position > 0 { stamps[position] = start }
        return workOn()
    }

    private func workOn() -> Int {
        guard canGoOn(at: position, moment: stamps[position]) else { return position }
        barrier.reset()
        if workers.count > 1 { generation.advance() }
        work(workers[0])
        // Watching takes time that belongs to no step.
        if position == steps.count && watcher == nil { statistics.record(stamps, remaining: remaining) }
        return position
    }

    /// Runs all steps and calls `watch` behind each, before the next one writes anything.
    func run(watching watch: @escaping (_ step: Int) -> Void) {
        watcher = watch
        _ = run(deadline: nil)
        watcher = nil
    }

    /// Whether to run a step: whether all steps from it on can be ended by the deadline, or in a slice this one.
    private func canGoOn(at step: Int, moment: Int64) -> Bool {
        if deadline == .max || step == steps.count { return true }
        return moment &+ remaining[step] &- (isSliced ? remaining[step + 1] : 0) <= deadline
    }

    // MARK: - Workers

    /// The body of worker `index`'s thread, 1 or more: runs until ``quit()``.
    func serve(worker index: Int) {
        var seen: UInt32 = 0
        while true {
            while true {
                let value = generation.value
                if value != seen {
                    seen = value
                    break
                }
                generation.wait(while: seen)
            }
            if isQuitting.load(ordering: .acquiring) { return }
            work(workers[index])
        }
    }

    /// Ends all threads that ``serve(worker:)``.
    func quit() {
        isQuitting.store(true, ordering: .releasing)
        generation.advance()
    }

    private func work(_ worker: Worker) {
        // Written by the caller before the workers were woken; changes only at the barrier.
        var index = position
        var goesOn = index < steps.count
        while goesOn {
            let step = steps[index]
            let count = taskCounts[index]
            if workers.count == 1 {
                for task in 0..<count { step.run(task: task, worker: worker) }
                goesOn = conclude(index)
            } else {
                var task = barrier.takeTask()
                while task < count {
                    step.run(task: task, worker: worker)
                    task = barrier.takeTask()
                }
                goesOn = barrier.meet { conclude(index) }
            }
            index += 1
        }
    }

    /// Closes a step; by one worker, while the others wait. Returns whether another step follows.
    private func conclude(_ step: Int) -> Bool {
        let moment = MonotonicTime.now.nanoseconds
        stamps[step + 1] = moment
        position = step + 1
        if let watcher { watcher(step) }
        return step + 1 < steps.count && canGoOn(at: step + 1, moment: moment)
    }
}
