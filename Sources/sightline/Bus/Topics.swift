import ArgumentParser
import Messages
import SightlineBus

struct Topics: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics", abstract: "List the publishers of this machine and their topics.",
        discussion: """
            Also removes what killed publishers left behind.
              sightline topics
              sightline topics --names         a topic a line, for scripts
            """)

    @Option(help: "Only this publisher.")
    var publisher: String?

    @Flag(help: "Only the topics' names, each once.")
    var names = false

    @Flag(help: "One JSON object a line, for each publisher.")
    var json = false

    func validate() throws {
        if names && json { throw ValidationError("--names and --json exclude each other") }
    }

    func run() throws {
        var publishers = try BusDirectory.list()
        if let publisher {
            publishers.removeAll { $0.name != publisher }
            if publishers.isEmpty { throw CommandFailure.workFailed("publisher \"\(publisher)\" does not answer") }
        }
        if names {
            for name in Set(publishers.flatMap { $0.topics.map(\.name) }).sorted() { printLine(name) }
            return
        }
        for publisher in publishers { printLine(json ? publisher.json.text : publisher.text) }
        if publishers.isEmpty && !json { printLine("no publisher is running") }
    }
}
