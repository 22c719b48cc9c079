import ArgumentParser
import Messages
import SightlineBus

struct Topics: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics", abstract: "List the publishers of this machine and their topics.")

    @Flag(help: "One JSON object a line, for each publisher.")
    var json = false

    func run() throws {
        let publishers = try BusDirectory.list()
        for publisher in publishers { print(json ? publisher.json.text : publisher.text) }
        if publishers.isEmpty && !json { print("no publisher is running") }
    }
}
