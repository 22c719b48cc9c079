import ArgumentParser
import Platform
import SightlineBus

/// What `hz`, `bw` and `delay` have in common: they listen to topics and print once a second how each stands.
struct MeasurementOptions: ParsableArguments {
    @Argument(help: "Topics; '*' and 'camera/*' are possible.")
    var topics: [String]

    @Option(help: "Seconds to listen; without it until interrupted.")
    var duration: Double?

    @Option(help: "Newest messages that the statistics are made of.")
    var window = 10_000

    @Option(help: "Only this publisher.")
    var publisher: String?

    @Flag(help: "One JSON object a line.")
    var json = false

    func validate() throws {
        if let duration, !(duration > 0) { throw ValidationError("--duration is positive") }
        guard (2...1_000_000).contains(window) else { throw ValidationError("--window is between 2 and 1000000") }
    }

    /// Listens, and prints `text` of what was measured so far once a second and at the end.
    func measure(_ text: (TopicMeter) -> String) throws {
        InterruptFlag.install()
        let requests = topics.map { TopicRequest($0, queue: .dropOldest(256)) }
        let subscriber = try BusSubscriber(requests, options: BusSubscriberOptions(publisher: publisher))
        var meters: [String: TopicMeter] = [:]
        let end = duration.map { MonotonicTime.now + Int64($0 * 1e9) }
        var nextLine = MonotonicTime.now + 1_000_000_000
        while !InterruptFlag.isSet {
            if let message = try subscriber.nextMessage(timeout: .milliseconds(100)) {
                meters[message.topic, default: TopicMeter(topic: message.topic, window: window)].add(message)
            }
            let now = MonotonicTime.now
            if let end, now >= end { break }
            guard now >= nextLine else { continue }
            nextLine = nextLine + 1_000_000_000
            show(meters, subscriber, text)
        }
        show(meters, subscriber, text)
    }

    private func show(_ meters: [String: TopicMeter], _ subscriber: BusSubscriber, _ text: (TopicMeter) -> String) {
        for topic in meters.keys.sorted() {
            guard let meter = meters[topic] else { continue }
            printLine(json ? meter.json.text : text(meter))
        }
        // A topic of which nothing came yet stands there too, with the reason as far as it is known.
        for topic in topics where !topic.hasSuffix("*") && meters[topic] == nil {
            let meter = TopicMeter(topic: topic)
            printLine(json ? meter.json.text : text(meter))
            if subscriber.publishers.isEmpty { printError("no publisher is running; waiting for one") }
        }
    }
}

struct Hz: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hz", abstract: "Measure topics' rates and how even they are.",
        discussion: """
            Prints once a second: messages per second, percentiles of the time between messages, messages lost.
              sightline hz detections
              sightline hz '*' --duration 10 --json
            """)

    @OptionGroup var options: MeasurementOptions

    func run() throws { try options.measure(\.rateText) }
}

struct Bandwidth: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bw", abstract: "Measure topics' bytes per second and per message.",
        discussion: """
            Counts what goes through the sockets; the pixels of the topic frame lie in shared memory and do not.
              sightline bw road
            """)

    @OptionGroup var options: MeasurementOptions

    func run() throws { try options.measure(\.bandwidthText) }
}

struct Delay: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delay", abstract: "Measure topics' delays: publish to receive, capture to receive.",
        discussion: """
            Publish to receive is the bus alone. Capture to receive is the age of the data: exposure, networks and bus.
              sightline delay detections --duration 30
            """)

    @OptionGroup var options: MeasurementOptions

    func run() throws { try options.measure(\.delayText) }
}
