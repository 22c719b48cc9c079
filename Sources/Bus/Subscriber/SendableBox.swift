/// Hands a value from the thread that made it to the one thread that will use it.
final class SendableBox<Value>: @unchecked Sendable {
    // Sendable without checking is sound: the maker keeps no other reference and does not touch the value after the thread,
    // which is its only user, was started.
    let value: Value

    init(_ value: Value) {
        self.value = value
    }
}
