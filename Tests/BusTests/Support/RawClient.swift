import CLinux
import Glibc

/// A subscriber that speaks the protocol by hand, and can get it wrong.
final class RawClient {
    let socket: Int32

    init?(_ bus: BusFixture, publisher: String = "test") {
        socket = sightline_socket_connect("\(bus.directory)/\(publisher).sock")
        if socket < 0 { return nil }
    }

    deinit {
        close(socket)
    }

    /// HELLO byte by byte as documented in `Wire`, with policy 0 (latest) for each topic.
    static func hello(_ topics: [String], version: UInt16 = 1, magic: UInt32 = 0x5342_4C53) -> [UInt8] {
        var bytes: [UInt8] = [1, 0, UInt8(truncatingIfNeeded: version), UInt8(truncatingIfNeeded: version >> 8)]
        for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: magic >> UInt32(shift))) }
        bytes += [UInt8(topics.count), 0, 0, 0, 3] + Array("raw".utf8)
        for topic in topics {
            bytes += [UInt8(topic.utf8.count)] + Array(topic.utf8) + [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
        }
        return bytes
    }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Int {
        bytes.withUnsafeBytes { sightline_socket_send(socket, $0.baseAddress, $0.count, nil, 0) }
    }

    /// The next packet; nil at the end of the connection or after a minute.
    func receive() -> [UInt8]? {
        var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 60_000) > 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 1 << 17)
        let count = buffer.withUnsafeMutableBytes { sightline_socket_receive(socket, $0.baseAddress, $0.count, nil) }
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    /// Kinds of the packets that come until the connection ends.
    func kindsUntilEnd() -> [UInt8] {
        var kinds: [UInt8] = []
        while let packet = receive() { kinds.append(packet[0]) }
        return kinds
    }

    /// The reason in a REFUSE or GOODBYE.
    static func reason(_ packet: [UInt8]) -> String { String(decoding: packet[5...], as: UTF8.self) }
}
