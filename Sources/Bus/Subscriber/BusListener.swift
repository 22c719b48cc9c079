import Platform
import Synchronization

/// Receives topics on a thread of its own and calls back for each event.
public final class BusListener: Sendable {
    private let waker: BusWaker
    private let isStopped: SharedFlag
    private let thread: RealTimeThread
    private let isJoined = Atomic<Bool>(false)

    /// - Parameter handler: is called on the listener's thread, one event after the other. While it runs, the publisher's queue
    ///   policy decides what happens to further messages.
    /// - Throws: as ``BusSubscriber/init(_:options:)``.
    public init(
        _ topics: [TopicRequest], options: BusSubscriberOptions = BusSubscriberOptions(),
        handler: @escaping @Sendable (BusEvent) -> Void
    ) throws(BusError) {
        let subscriber = SendableBox(try BusSubscriber(topics, options: options))
        let isStopped = SharedFlag()
        waker = subscriber.value.waker
        self.isStopped = isStopped
        do {
            thread = try RealTimeThread(name: "bus-listener") { _ in
                while !isStopped.isSet, let event = try? subscriber.value.nextUnlessStopped(isStopped) {
                    handler(event)
                }
            }
        } catch {
            throw BusError(error)
        }
    }

    deinit {
        stop()
    }

    /// Ends the thread; returns after the last callback has. Not to be called from the handler.
    public func stop() {
        guard !isJoined.exchange(true, ordering: .acquiringAndReleasing) else { return }
        isStopped.set()
        waker.wake()
        thread.join()
    }
}

extension BusSubscriber {
    /// The next event; nil once `flag` is set and the waker was used.
    func nextUnlessStopped(_ flag: SharedFlag) throws(BusError) -> BusEvent? {
        while true {
            if let event = try next() { return event }
            if flag.isSet { return nil }
        }
    }
}
