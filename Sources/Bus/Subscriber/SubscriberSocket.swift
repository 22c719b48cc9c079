import CLinux
import Platform

/// A connection to a publisher, kept open by the subscriber and by the frames that it still has to give back.
final class SubscriberSocket: Sendable {
    private let descriptor: FileDescriptor

    var number: Int32 { descriptor.number }

    /// Takes over an open socket.
    init(owning number: Int32) {
        descriptor = FileDescriptor(owning: number)
    }

    /// Never waits. A packet that the publisher has no room for is lost; false then.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { sightline_socket_send(descriptor.number, $0.baseAddress, $0.count, nil, 0) } >= 0
    }
}
