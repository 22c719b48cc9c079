import Platform
import Synchronization

/// A thread that waits on a subscriber's sockets for an async iterator, one event per request.
final class EventPump: Sendable {
    typealias Answer = Result<BusEvent?, BusError>

    private struct State {
        var request: CheckedContinuation<Answer, Never>?
        var isCancelled = false
    }

    /// What the thread shares with the iterator; the thread does not keep the pump alive.
    private final class Shared: Sendable {
        let state = Mutex(State())
        let requests = FutexWord()

        func answer(_ answer: Answer) {
            let request = state.withLock { state in
                defer { state.request = nil }
                return state.request
            }
            request?.resume(returning: answer)
        }
    }

    private let shared = Shared()
    private let isStopped = SharedFlag()
    private let waker: BusWaker
    private let thread: RealTimeThread

    init(_ topics: [TopicRequest], options: BusSubscriberOptions) throws(BusError) {
        let subscriber = SendableBox(try BusSubscriber(topics, options: options))
        waker = subscriber.value.waker
        let shared = self.shared
        let isStopped = self.isStopped
        do {
            thread = try RealTimeThread(name: "bus-events") { _ in
                Self.run(subscriber.value, shared, isStopped)
            }
        } catch {
            throw BusError(error)
        }
    }

    deinit {
        stop()
        thread.join()
    }

    private func stop() {
        isStopped.set()
        shared.requests.advance()
        waker.wake()
    }

    private static func run(_ subscriber: BusSubscriber, _ shared: Shared, _ isStopped: SharedFlag) {
        while !isStopped.isSet {
            let seen = shared.requests.value
            guard shared.state.withLock({ $0.request != nil }) else {
                shared.requests.wait(while: seen)
                continue
            }
            do throws(BusError) {
                shared.answer(.success(try subscriber.nextUnlessStopped(isStopped)))
            } catch {
                shared.answer(.failure(error))
            }
        }
        shared.answer(.success(nil))
    }

    func next(isolation actor: isolated (any Actor)?) async -> Answer {
        await withTaskCancellationHandler(
            operation: {
                await withCheckedContinuation(isolation: actor) { continuation in
                    let isOver = shared.state.withLock { state in
                        if state.isCancelled { return true }
                        state.request = continuation
                        return false
                    }
                    if isOver { continuation.resume(returning: .success(nil)) }
                    shared.requests.advance()
                }
            },
            onCancel: {
                shared.state.withLock { $0.isCancelled = true }
                stop()
            }, isolation: actor)
    }
}
