import CLinux

extension Farewell {
    /// Tells a subscriber why its connection ends, also when it has not read what was sent before.
    func send(to socket: Int32) {
        // Room behind whatever waits in the kernel: messages and schemas have used up the usual limit.
        _ = sightline_socket_set_unread_limit(socket, 1 << 20)
        _ = encoded().withUnsafeBytes { sightline_socket_send(socket, $0.baseAddress, $0.count, nil, 0) }
    }
}
