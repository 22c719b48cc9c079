import Messages
import Platform
import SightlineBus
import Synchronization

/// The topic `log`: takes lines from any thread without ever waiting, and publishes them on a thread of its own.
///
/// A late joiner that asks for history receives the last lines.
public final class LogPublisher: Sendable {
    /// What all parts share with the thread, which does not keep the publisher alive.
    private final class Shared: Sendable {
        let queue = LogQueue(capacity: 512)
        let wake = FutexWord()
        let isClosed = Atomic<Bool>(false)
        let topic: BusTopic
        let camera: String

        init(topic: BusTopic, camera: String) {
            self.topic = topic
            self.camera = camera
        }
    }

    /// A longer text is cut.
    static let textLimit = 2000

    private let shared: Shared
    private let thread: RealTimeThread
    private let isJoined = Atomic<Bool>(false)

    init(bus: BusPublisher, camera: String) throws(BusError) {
        let options = TopicOptions(history: 64, messageByteLimit: 4096, slotCount: 256)
        let shared = Shared(topic: try bus.topic(.log, options: options), camera: camera)
        self.shared = shared
        do {
            thread = try RealTimeThread(name: "sightline-log") { _ in Self.run(shared) }
        } catch {
            throw .system(call: "pthread_create", subject: "log", code: 0)
        }
    }

    deinit {
        close()
    }

    /// Takes a line. Never waits; where lines come faster than they can be published, some are lost and counted.
    public func write(_ level: Sightline_Log.Level, source: String, text: String) {
        shared.queue.append(
            LogLine(level: level, source: source, text: text, time: MonotonicTime.now.nanoseconds))
        shared.wake.advance()
    }

    /// Publishes what was written before and ends.
    public func close() {
        guard !isJoined.exchange(true, ordering: .acquiringAndReleasing) else { return }
        shared.isClosed.store(true, ordering: .releasing)
        shared.wake.advance()
        thread.join()
    }

    private static func run(_ shared: Shared) {
        while true {
            let seen = shared.wake.value
            let isClosed = shared.isClosed.load(ordering: .acquiring)
            while let line = shared.queue.takeFirst() { publish(line, shared) }
            if isClosed { return }
            shared.wake.wait(while: seen)
        }
    }

    private static func publish(_ line: LogLine, _ shared: Shared) {
        let header = MessageHeader(
            frameID: 0, captureTime: line.time, publishTime: MonotonicTime.now.nanoseconds, camera: shared.camera,
            sequence: shared.topic.nextSequence)
        let lost = shared.queue.takeLost()
        let text = line.text.utf8.count > textLimit ? String(line.text.prefix(textLimit / 4)) + " ..." : line.text
        // Only a closed bus refuses, and then nobody listens any more.
        _ = try? shared.topic.publish { writer in
            LogEncoder.encode(
                &writer, header: header, level: line.level, source: String(line.source.prefix(100)), text: text,
                lostBefore: lost)
        }
    }
}
