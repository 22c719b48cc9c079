import ArgumentParser
import Messages
import Recording
import Runtime

struct RecordingInfo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Say what a recording holds.",
        discussion: """
            Reads the index only, however large the file is. A file that was not closed is walked over instead.
              sightline recording info drive.mcap --json
            """)

    @Argument(help: "The recording.")
    var file: String

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let reader = try MCAPReader(path: file)
        let contents = try RecordingContents(reader)
        print(json ? contents.json.text : contents.text)
    }
}
