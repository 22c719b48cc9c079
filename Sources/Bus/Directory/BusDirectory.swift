import Glibc
import Platform

/// The bus at a glance.
public enum BusDirectory {
    /// Where publishers of this user put their sockets: $SIGHTLINE_RUNTIME_DIR, else $XDG_RUNTIME_DIR/sightline, else
    /// /tmp/sightline-UID.
    public static var path: String { RuntimeDirectory.usualPath() }

    /// The publishers that answer, in alphabetical order, with their topics.
    ///
    /// What killed publishers left behind is removed on the way. A publisher that does not answer within `patience` is left
    /// out.
    public static func list(
        directory given: String? = nil, patience: Duration = .milliseconds(500)
    ) throws(BusError) -> [PublisherInfo] {
        guard let directory = try RuntimeDirectory(existing: given) else { return [] }
        let deadline = MonotonicTime.now.nanoseconds &+ patience.nanoseconds
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Wire.publisherPacketLimit, alignment: 64)
        defer { buffer.deallocate() }
        var links: [PublisherLink] = []
        for name in directory.publishers() {
            var code: Int32 = 0
            let path = directory.socketPath(of: name)
            if let link = PublisherLink(publisher: name, path: path, name: "list", requests: [], code: &code) {
                links.append(link)
            } else if code == ECONNREFUSED {
                PublisherEndpoint.removeIfStale(name, in: directory)
            }
        }
        var infos: [PublisherInfo] = []
        for link in links {
            if let info = answer(of: link, until: deadline, buffer) { infos.append(info) }
        }
        return infos
    }

    private static func answer(
        of link: PublisherLink, until deadline: Int64, _ buffer: UnsafeMutableRawBufferPointer
    ) -> PublisherInfo? {
        while true {
            switch link.receive(buffer) {
            case .accepted(let info): return info
            case .ended: return nil
            default: break
            }
            let rest = (deadline - MonotonicTime.now.nanoseconds) / 1_000_000
            guard rest > 0 else { return nil }
            var waiting = pollfd(fd: link.socket.number, events: Int16(POLLIN), revents: 0)
            _ = poll(&waiting, 1, Int32(clamping: rest))
        }
    }
}
