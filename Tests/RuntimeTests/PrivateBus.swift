import Glibc
import SightlineBus

/// A runtime directory of a test's own, removed in the end.
final class PrivateBus {
    let directory: String

    init() {
        var template = Array("/tmp/sightline-test-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "mkdtemp failed")
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for suffix in ["sock", "lock"] { unlink("\(directory)/test.\(suffix)") }
        rmdir(directory)
    }

    func publisher() throws -> BusPublisher {
        try BusPublisher(name: "test", options: BusPublisherOptions(directory: directory))
    }

    func subscriber(_ topics: [TopicRequest]) throws -> BusSubscriber {
        try BusSubscriber(topics, options: BusSubscriberOptions(directory: directory))
    }
}
