import Platform

/// What can go wrong on the bus. One line each: what, where, what to do.
public enum BusError: Error, Equatable, Sendable {
    /// A system call failed. `subject` is the path or object that it was about.
    case system(call: String, subject: String, code: Int32)
    /// A name of a publisher or topic that cannot be one.
    case invalidName(String, detail: String)
    /// A value of an option that makes no sense.
    case invalidOption(String, detail: String)
    /// The socket's path is longer than the system allows.
    case pathTooLong(String, limit: Int)
    /// The runtime directory belongs to somebody else or is open to others.
    case unsafeDirectory(String, detail: String)
    /// Another process publishes under this name.
    case nameInUse(name: String, process: Int32)
    /// The publisher has a topic of this name already.
    case duplicateTopic(String)
    /// The publisher has as many topics as it may have.
    case tooManyTopics(limit: Int)
    /// A message does not fit into the topic's slots.
    case messageTooLarge(topic: String, byteCount: Int, limit: Int)
    /// Two threads published on one topic at the same moment.
    case concurrentPublish(topic: String)
    /// The publisher has been closed.
    case closed
    /// The other side sent something that is not the bus's protocol.
    case protocolViolation(peer: String, detail: String)
    /// A publisher refused the connection.
    case refused(publisher: String, reason: String)
}

extension BusError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .system(let call, let subject, let code):
            "bus: \(subject): \(SystemCall.message(for: code)) (\(call))"
        case .invalidName(let name, let detail):
            "bus: \"\(name)\" cannot be a name: \(detail)"
        case .invalidOption(let option, let detail):
            "bus: option \(option): \(detail)"
        case .pathTooLong(let path, let limit):
            "bus: \(path): longer than \(limit) bytes; set SIGHTLINE_RUNTIME_DIR to a shorter directory"
        case .unsafeDirectory(let path, let detail):
            "bus: \(path): \(detail); mend it or set SIGHTLINE_RUNTIME_DIR to a directory of your own"
        case .nameInUse(let name, let process):
            "bus: process \(process) already publishes as \"\(name)\"; stop it or choose another name"
        case .duplicateTopic(let topic):
            "bus: topic \"\(topic)\" exists already; publish on the first one"
        case .tooManyTopics(let limit):
            "bus: a publisher has at most \(limit) topics"
        case .messageTooLarge(let topic, let byteCount, let limit):
            byteCount > limit
                ? "bus: topic \"\(topic)\": message of \(byteCount) bytes, limit \(limit); raise the topic's limit or send less"
                : "bus: topic \"\(topic)\": message longer than \(limit) bytes; raise the topic's limit or send less"
        case .concurrentPublish(let topic):
            "bus: topic \"\(topic)\": two threads published at once; give each thread a topic of its own"
        case .closed:
            "bus: the publisher has been closed"
        case .protocolViolation(let peer, let detail):
            "bus: \(peer): \(detail); it is no Sightline publisher or of another version"
        case .refused(let publisher, let reason):
            "bus: publisher \"\(publisher)\" refused the connection: \(reason)"
        }
    }

    /// Turns the platform's error into one of the bus.
    init(_ error: PlatformError) {
        switch error {
        case .systemCall(let name, let subject, let code): self = .system(call: name, subject: subject, code: code)
        case .threadStart(let name, let code): self = .system(call: "pthread_create", subject: name, code: code)
        default: self = .system(call: "read", subject: error.description, code: 0)
        }
    }

    /// Turns the negative errno that a C wrapper returned into an error; passes other values on.
    static func check<Result: SignedInteger>(
        _ result: Result, _ call: String, _ subject: @autoclosure () -> String
    ) throws(BusError) -> Result {
        if result < 0 { throw .system(call: call, subject: subject(), code: Int32(-result)) }
        return result
    }
}
