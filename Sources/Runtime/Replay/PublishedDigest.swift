import Messages
import Platform
import Synchronization

/// A digest of everything that a run published about its frames: two runs with the same digest published the same bytes.
///
/// Left out are messages about the run itself (timing, health, log) and the places of frames in shared memory, which have
/// nothing to do with what was seen.
public final class PublishedDigest: Sendable {
    private struct State {
        var sha = SHA256()
        var messages = 0
    }

    private let state = Mutex(State())

    public init() {}

    /// Takes in a message. Allocates nothing after the first ones.
    func add(topic: String, _ bytes: UnsafeRawBufferPointer) {
        guard Self.isResult(topic) else { return }
        state.withLock { state in
            state.messages += 1
            var topic = topic
            topic.withUTF8 { state.sha.update(UnsafeRawBufferPointer($0)) }
            withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { state.sha.update($0) }
            state.sha.update(bytes)
        }
    }

    /// 64 hexadecimal digits.
    public var text: String { state.withLock { $0.sha.finish() } }

    public var messages: Int { state.withLock { $0.messages } }

    /// Whether a topic is about what was seen.
    static func isResult(_ topic: String) -> Bool {
        let name = topic.split(separator: "/").last ?? ""
        guard let kind = MessageKind(rawValue: String(name)) else { return true }
        switch kind {
        case .detections, .tracks, .road: return true
        case .timing, .pairs, .health, .log, .frame: return false
        }
    }
}
