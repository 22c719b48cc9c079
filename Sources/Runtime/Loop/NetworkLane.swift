import Platform
import Synchronization

/// A thread that does one piece of work at a time beside the loop's, for networks that run side by side. Allocates nothing.
final class NetworkLane {
    /// What the thread and the lane's owner share.
    private final class Exchange: @unchecked Sendable {
        // Sendable without checking is sound: `failure` is written by the thread while the owner waits for its answer, and
        // the counters order both; `work` touches what the owner leaves alone until then.
        let work: () throws(RuntimeError) -> Void
        var failure: RuntimeError?
        let requests = FutexWord()
        let answers = FutexWord()
        let isQuitting = Atomic<Bool>(false)

        init(_ work: @escaping () throws(RuntimeError) -> Void) { self.work = work }

        func serve() {
            var seen: UInt32 = 0
            while true {
                while requests.value == seen { requests.wait(while: seen) }
                seen &+= 1
                if isQuitting.load(ordering: .acquiring) { return }
                failure = nil
                do throws(RuntimeError) { try work() } catch { failure = error }
                answers.advance()
            }
        }
    }

    private let exchange: Exchange
    private let thread: RealTimeThread

    /// - Parameter work: runs on the lane's thread, once for each ``start()``.
    init(
        name: String, scheduling: RealTimeThread.Scheduling, work: @escaping () throws(RuntimeError) -> Void
    ) throws(RuntimeError) {
        let exchange = Exchange(work)
        self.exchange = exchange
        do throws(PlatformError) {
            thread = try RealTimeThread(name: name, scheduling: scheduling) { _ in exchange.serve() }
        } catch {
            throw .platform(error)
        }
    }

    deinit {
        exchange.isQuitting.store(true, ordering: .releasing)
        exchange.requests.advance()
        thread.join()
    }

    /// Begins the work.
    func start() { exchange.requests.advance() }

    /// Waits until the work that was started is done.
    func finish() throws(RuntimeError) {
        let wanted = exchange.requests.value
        while exchange.answers.value != wanted {
            exchange.answers.wait(while: wanted &- 1, timeoutNanoseconds: 100_000_000)
        }
        if let failure = exchange.failure { throw failure }
    }
}
