import ArgumentParser
import Platform
import SightlineBus

/// What `hz`, `bw` and `delay` have in common: they listen to one topic and print once a second how it stands.
struct MeasurementOptions: ParsableArguments {
    @Argument(help: "The topic.")
    var topic: String

    @Option(help: "Seconds to listen; without it until interrupted.")
    var duration: Double?

    @Option(help: "Only this publisher.")
    var publisher: String?

    @Flag(help: "One JSON object a line.")
    var json = false

    func validate() throws {
        if let duration, !(duration > 0) { throw ValidationError("--duration is positive") }
    }

    /// Listens, and prints `text` of what was measured so far once a second and at the end.
    func measure(_ text: (TopicMeter) -> String) throws {
        InterruptFlag.install()
        let subscriber = try BusSubscriber(
            [TopicRequest(topic, queue: .dropOldest(256))], options: BusSubscriberOptions(publisher: publisher))
        var meter = TopicMeter(topic: topic)
        let end = duration.map { MonotonicTime.now + Int64($0 * 1e9) }
        var nextLine = MonotonicTime.now + 1_000_000_000
        while !InterruptFlag.isSet {
            if let message = try subscriber.nextMessage(timeout: .milliseconds(100)) { meter.add(message) }
            let now = MonotonicTime.now
            if let end, now >= end { break }
            guard now >= nextLine else { continue }
            nextLine = nextLine + 1_000_000_000
            printLine(json ? meter.json.text : text(meter))
        }
        printLine(json ? meter.json.text : text(meter))
    }
}

struct Hz: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hz", abstract: "Measure a topic's rate and how even it is.")

    @OptionGroup var options: MeasurementOptions

    func run() throws { try options.measure(\.rateText) }
}

struct Bandwidth: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bw", abstract: "Measure a topic's bytes per second and per message.")

    @OptionGroup var options: MeasurementOptions

    func run() throws { try options.measure(\.bandwidthText) }
}

struct Delay: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delay", abstract: "Measure a topic's delays: publish to receive, capture to receive.")

    @OptionGroup var options: MeasurementOptions

    func run() throws { try options.measure(\.delayText) }
}
