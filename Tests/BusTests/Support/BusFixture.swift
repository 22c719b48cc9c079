import Glibc
import SightlineBus
import Testing

/// A runtime directory of a test's own, removed in the end.
final class BusFixture: Sendable {
    let directory: String

    init() {
        var template = Array("/tmp/sightline-test-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "mkdtemp failed")
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in files { unlink(directory + "/" + name) }
        rmdir(directory)
    }

    /// What lies in the directory.
    var files: [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    func publisher(
        _ name: String = "test", _ change: (inout BusPublisherOptions) -> Void = { _ in }
    ) throws -> BusPublisher {
        var options = BusPublisherOptions(directory: directory)
        change(&options)
        return try BusPublisher(name: name, options: options)
    }

    func subscriber(_ topics: [TopicRequest], publisher: String? = nil) throws -> BusSubscriber {
        try BusSubscriber(topics, options: BusSubscriberOptions(directory: directory, publisher: publisher))
    }
}

extension BusTopic {
    func publish(text: String) throws {
        try publish(Array(text.utf8).span.bytes)
    }
}

extension BusMessage {
    var text: String { String(decoding: payload, as: UTF8.self) }
}

extension BusSubscriber {
    /// Waits until a publisher has accepted this subscriber.
    func waitForConnection() throws -> PublisherInfo? {
        while let event = try next(timeout: .seconds(60)) {
            if case .connected(let info, _) = event { return info }
            if case .disconnected(_, let reason) = event {
                Issue.record("no connection: \(reason)")
                return nil
            }
        }
        return nil
    }

    /// Waits for a message that must come.
    func required() throws -> BusMessage? { try nextMessage(timeout: .seconds(60)) }
}

/// Waits until `condition` holds; false after a minute, which is far beyond what a busy machine needs.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<60_000 {
        if try condition() { return true }
        usleep(1000)
    }
    return false
}

extension BusFixture {
    /// Descriptors of this process that have to do with this directory's publishers, whatever other tests do meanwhile:
    /// sockets to or from them, and shared memory of publishers whose name contains `publisher`.
    func openDescriptors(publisher: String = "no such publisher") -> Int {
        guard let stream = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(stream) }
        var count = 0
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let number = Int32(name) else { continue }
            if socketPaths(number).contains(where: { $0.hasPrefix(directory + "/") }) {
                count += 1
            } else if link(number).hasPrefix("/memfd:"), link(number).contains(publisher) {
                count += 1
            }
        }
        return count
    }

    private func link(_ descriptor: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 512)
        let count = readlink("/proc/self/fd/\(descriptor)", &buffer, buffer.count - 1)
        return String(decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The paths of a Unix socket's two ends.
    private func socketPaths(_ descriptor: Int32) -> [String] {
        [getsockname, getpeername].map { ask in
            var address = sockaddr_un()
            var length = socklen_t(MemoryLayout<sockaddr_un>.size)
            let status = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask(descriptor, $0, &length) }
            }
            guard status == 0, address.sun_family == sa_family_t(AF_UNIX) else { return "" }
            return withUnsafePointer(to: &address.sun_path) {
                $0.withMemoryRebound(to: CChar.self, capacity: 108) { String(cString: $0) }
            }
        }
    }

    /// Mappings in this process of shared memory of publishers whose name contains `publisher`.
    func mappings(publisher: String) -> Int {
        guard let file = fopen("/proc/self/maps", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 1024)
        var count = 0
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if text.contains("/memfd:") && text.contains(publisher) { count += 1 }
        }
        return count
    }
}
