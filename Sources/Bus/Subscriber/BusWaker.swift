/// Makes a waiting subscriber return, from any thread.
public struct BusWaker: Sendable {
    private let counter: BusEventCounter

    init(_ counter: BusEventCounter) {
        self.counter = counter
    }

    public func wake() {
        counter.signal()
    }
}
