/// What the I/O thread has in hand for one subscriber: packets of the handshake that wait, and the message that it took out of
/// the queues last.
struct OutgoingPackets {
    /// A packet of the handshake, with the memory whose descriptor goes with it.
    struct Control {
        var bytes: [UInt8]
        var frames: FrameRing?
    }

    /// They go before any message.
    var control: [Control] = []
    /// A message that was taken and not yet sent, as the packet that it will be; empty without.
    private(set) var message: [UInt8] = []

    var hasMessage: Bool { !message.isEmpty }

    /// Takes a message in hand. The memory is kept from one message to the next.
    mutating func take(_ head: MessageHead, _ payload: UnsafeRawBufferPointer) {
        message.removeAll(keepingCapacity: true)
        message.append(contentsOf: repeatElement(0, count: head.byteCount))
        message.withUnsafeMutableBytes { bytes in
            if let address = bytes.baseAddress { head.store(to: address) }
        }
        message.append(contentsOf: payload)
    }

    /// The message is on its way.
    mutating func finishMessage() {
        message.removeAll(keepingCapacity: true)
    }
}
