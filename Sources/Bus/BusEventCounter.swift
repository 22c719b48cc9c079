import CLinux
import Platform

/// An eventfd: makes a thread that polls wake up.
final class BusEventCounter: Sendable {
    private let descriptor: FileDescriptor

    var number: Int32 { descriptor.number }

    init() throws(BusError) {
        descriptor = FileDescriptor(owning: try BusError.check(sightline_event_create(), "eventfd", "bus"))
    }

    /// Never waits, allocates nothing.
    func signal() {
        sightline_event_signal(descriptor.number)
    }

    func clear() {
        sightline_event_clear(descriptor.number)
    }
}
