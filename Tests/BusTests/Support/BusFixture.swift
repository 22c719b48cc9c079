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
        while let event = try next(timeout: .seconds(20)) {
            if case .connected(let info, _) = event { return info }
            if case .disconnected(_, let reason) = event {
                Issue.record("no connection: \(reason)")
                return nil
            }
        }
        return nil
    }

    /// Waits for a message that must come.
    func required() throws -> BusMessage? { try nextMessage(timeout: .seconds(20)) }
}

/// Waits until `condition` holds; false after 20 seconds.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<20_000 {
        if try condition() { return true }
        usleep(1000)
    }
    return false
}

/// Descriptors that this process has open.
func openDescriptors() -> Int {
    guard let stream = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(stream) }
    var count = 0
    while readdir(stream) != nil { count += 1 }
    return count - 3
}
