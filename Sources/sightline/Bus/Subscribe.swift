import ArgumentParser
import Messages
import Platform
import SightlineBus

struct Subscribe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscribe", abstract: "Print what is published.",
        discussion: """
            Waits for publishers, also those that start later, and connects again when one restarts.
              sightline subscribe
              sightline subscribe detections road --json --count 100
            """)

    @Argument(help: "Topics: detections, road, timing, health ...; all without any.")
    var topics: [String] = []

    @Flag(help: "One JSON object a line.")
    var json = false

    @Option(help: "End after so many messages.")
    var count: Int?

    @Option(help: "Only this publisher.")
    var publisher: String?

    @Option(
        help: ArgumentHelp(
            "Keys of the JSON objects to print, separated by commas.", discussion: "Such as frame_id,detections.label.",
            valueName: "keys"))
    var fields: String?

    @Option(help: "Messages that are kept while this command is busy; older ones are dropped and counted.")
    var queue = 64

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count is at least 1") }
        guard (1...4096).contains(queue) else { throw ValidationError("--queue is between 1 and 4096") }
    }

    func run() throws {
        InterruptFlag.install()
        let selection = try fields.map { try FieldSelection($0.split(separator: ",").map(String.init)) }
        let requests = (topics.isEmpty ? ["*"] : topics).map { TopicRequest($0, queue: .dropOldest(queue)) }
        let subscriber = try BusSubscriber(requests, options: BusSubscriberOptions(publisher: publisher))
        var printed = 0
        while !InterruptFlag.isSet, printed < count ?? .max {
            guard let event = try subscriber.next(timeout: .milliseconds(200)) else { continue }
            switch event {
            case .message(let message):
                try show(message, selection)
                printed += 1
            case .connected(let info, let isRestart):
                printError("\(info.name): \(isRestart ? "restarted" : "connected")")
            case .disconnected(let publisher, let reason):
                printError("\(publisher): \(reason)")
            case .topicAdded: break
            }
        }
    }

    private func show(_ message: BusMessage, _ selection: FieldSelection?) throws {
        guard json || selection != nil else { return printLine(try message.text()) }
        let value = try message.json()
        printLine((selection?.apply(to: value) ?? value).text)
    }
}
