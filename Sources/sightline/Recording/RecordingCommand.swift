import ArgumentParser

struct RecordingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recording", abstract: "Look into recordings, examine and mend them.",
        discussion: """
            Works on any MCAP file, whoever wrote it, also on one that is being written (NAME.mcap.active).
              sightline recording info drive.mcap
              sightline recording doctor drive.mcap
              sightline recording recover drive.mcap.active
            """,
        subcommands: [RecordingInfo.self, RecordingDoctor.self, RecordingRecover.self])
}
