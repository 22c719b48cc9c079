import ArgumentParser

/// The root of the command line; each subcommand has a file of its own.
struct Sightline: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sightline",
        abstract: "Perception for vehicles and robots: cameras and recorded drives in, detections and road out.",
        discussion: """
            A first run:  sightline replay drive.mp4 --annotate out.mp4
            Watch it:     sightline subscribe detections road

            Exit codes: 0 done, 1 the work failed, 2 wrong use, 3 an input file is damaged or unsupported.
            """,
        version: "0.1.0",
        subcommands: [
            Run.self, Replay.self, Record.self, RecordingCommand.self, Profile.self, Subscribe.self, Topics.self,
            Hz.self,
            Bandwidth.self, Delay.self, ModelCommand.self, CameraCommand.self, CalibrateCommand.self, Doctor.self,
        ])
}
