/// One slot of a shared memory ring at one generation.
struct SlotLease: Equatable, Sendable {
    var slot: UInt32
    var generation: UInt64
}
