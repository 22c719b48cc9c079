import ArgumentParser
import Messages
import Platform
import SightlineBus

struct Subscribe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscribe", abstract: "Print what is published.",
        discussion: """
            Waits for publishers, also those that start later, and connects again when one restarts. Who comes and goes is told
            on standard error.
              sightline subscribe
              sightline subscribe detections road --json --count 100
              sightline subscribe detections --fields frame_id,detections.label,detections.distance_m
              sightline subscribe health --once --timeout 5
            """)

    @Argument(help: "Topics: detections, road, timing, health ...; '*' and 'camera/*' are possible; all without any.")
    var topics: [String] = []

    @Flag(help: "One JSON object a line.")
    var json = false

    @Option(help: "End after so many messages.")
    var count: Int?

    @Flag(help: "End after the first message; as --count 1.")
    var once = false

    @Option(help: "Seconds to wait for a message; if none comes, the exit code is 1.")
    var timeout: Double?

    @Option(help: "Only this publisher.")
    var publisher: String?

    @Option(
        help: ArgumentHelp(
            "Keys of the JSON objects to print, separated by commas.", discussion: "Such as frame_id,detections.label.",
            valueName: "keys"))
    var fields: String?

    @Option(help: "Messages from before to ask for, as far as the publisher keeps them.")
    var history = 0

    @Option(help: "Messages that are kept while this command is busy; older ones are dropped and counted.")
    var queue = 64

    @Flag(help: "Keep only the newest message of each topic while this command is busy.")
    var latest = false

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count is at least 1") }
        if once && count != nil { throw ValidationError("--once is --count 1; give one of them") }
        if let timeout, !(timeout > 0) { throw ValidationError("--timeout is positive") }
        guard (1...4096).contains(queue) else { throw ValidationError("--queue is between 1 and 4096") }
        guard (0...4096).contains(history) else { throw ValidationError("--history is between 0 and 4096") }
    }

    func run() throws {
        InterruptFlag.install()
        let selection = try fields.map { try FieldSelection($0.split(separator: ",").map(String.init)) }
        let policy: QueuePolicy = latest ? .latest : .dropOldest(max(queue, history))
        let requests = (topics.isEmpty ? ["*"] : topics).map { TopicRequest($0, queue: policy, history: history) }
        let subscriber = try BusSubscriber(requests, options: BusSubscriberOptions(publisher: publisher))
        var rest = once ? 1 : count ?? .max
        var last = MonotonicTime.now
        while !InterruptFlag.isSet, rest > 0 {
            guard let event = try subscriber.next(timeout: .milliseconds(100)) else {
                try checkTimeout(since: last, subscriber)
                continue
            }
            if case .message(let message) = event {
                last = .now
                if try show(message, selection) { rest -= 1 }
            } else {
                tell(event)
            }
        }
    }

    private func checkTimeout(since last: MonotonicTime, _ subscriber: BusSubscriber) throws {
        guard let timeout, Double(MonotonicTime.now - last) / 1e9 >= timeout else { return }
        let connected = subscriber.publishers.sorted().joined(separator: ", ")
        throw CommandFailure.workFailed(
            "no message within \(timeout) s; connected: \(connected.isEmpty ? "no publisher" : connected) "
                + "(`sightline topics` lists what is published)")
    }

    private func tell(_ event: BusEvent) {
        switch event {
        case .connected(let info, let isRestart):
            printError("\(info.name): \(isRestart ? "restarted" : "connected")")
        case .disconnected(let publisher, let reason):
            printError("\(publisher): \(reason)")
        case .topicAdded, .message: break
        }
    }

    /// False when the message has none of the selected keys.
    private func show(_ message: BusMessage, _ selection: FieldSelection?) throws -> Bool {
        guard json || selection != nil else {
            printLine(try message.text())
            return true
        }
        let value = try message.json()
        let selected = selection?.apply(to: value) ?? value
        guard case .object(let members) = selected, members.isEmpty else {
            printLine(selected.text)
            return true
        }
        // Of several topics some may not have the keys. Of one topic it is a mistake.
        if topics.count == 1, topics[0] == message.topic, case .object(let all) = value {
            throw CommandFailure.wrongUse(
                "--fields \(fields ?? ""): topic \(message.topic) has none of these keys; it has "
                    + all.map(\.key).joined(separator: ", "))
        }
        return false
    }
}
