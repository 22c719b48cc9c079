import ArgumentParser
import Camera
import Messages
import Platform
import Recording
import Runtime

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run the networks on a live camera and publish what they find.",
        discussion: """
            The camera is opened again whenever it is unplugged, freezes or fails; `sightline subscribe health` says what \
            happened and how long it took. Several cameras are listed in the configuration file.
              sightline run --camera /dev/video0
              sightline run --camera 0 --size 1920x1080 --rate 30 --control exposure=200
              sightline run --config front.yaml
              sightline run --camera /dev/video0 --record drives/ --segment-minutes 10
            """)

    @Option(
        help:
            "The camera: a node, a number, or the name of a link in /dev/v4l. Without it the configuration's, else /dev/video0."
    )
    var camera: String?

    @OptionGroup var capture: CaptureOptions

    @OptionGroup var networks: NetworkOptions

    @Option(help: "End after that many frames.")
    var frames: Int?

    @Option(
        help: ArgumentHelp(
            "Record what is published, pictures included, as MCAP.",
            discussion: "In a folder the file is named for the moment. A full or slow disk never holds up the run.",
            valueName: "file"))
    var record: String?

    @OptionGroup var format: RecordingFormatOptions

    @Flag(help: "Publish nothing on the bus.")
    var quiet = false

    @Flag(help: "Print the summary as one JSON object a line, for each camera.")
    var json = false

    func validate() throws {
        if let frames, frames < 1 { throw ValidationError("--frames is positive") }
    }

    func run() throws {
        var configuration = try networks.configuration()
        configuration.cameras = try cameras(configuration.cameras)
        let recording = try recording(configuration)
        let run = try CameraRun(configuration, isPublishing: !quiet, recording: recording)
        if !run.refusals.isEmpty { printError("sightline: \(run.refusals.joined(separator: "; "))") }
        InterruptFlag.install()
        for session in run.sessions { printError("\(session.name): \(session.path), \(session.format)") }
        if let recording { printError("recording: \(recording.path)") }
        let limit = frames ?? .max
        let outcomes = try run.run { _, report in report.framesProcessed < limit }
        let condition = run.recordingCondition
        if let recording, let condition, !json { print("recorded " + condition.text(recording.path)) }
        let members = recording.flatMap { recording in
            condition.map { [JSONValue.Member("recording", $0.json(recording.path))] }
        }
        for outcome in outcomes {
            print(json ? object(outcome).adding(members ?? []).text : text(outcome, count: outcomes.count))
        }
        if let condition, !condition.isWhole { throw ExitCode(ExitStatus.workFailed.rawValue) }
    }

    /// What is to be recorded, of the configuration and the command line; the latter overrules.
    private func recording(_ configuration: Configuration) throws -> RunRecording? {
        guard var recording = configuration.recording ?? record.map({ RunRecording(path: $0) }) else { return nil }
        if quiet { throw CommandFailure.wrongUse("--quiet publishes nothing to record") }
        recording.path = RecordingName.resolve(record ?? recording.path, moment: RecordingTime.now)
        recording.options = format.options(recording.options)
        recording.context = try format.context()
        try recording.context.add(configuration)
        if let config = networks.config { try recording.context.attach(config) }
        return recording
    }

    /// The configuration's cameras, or the one named on the command line; options for capturing go for a single camera.
    private func cameras(_ configured: [CameraConfiguration]) throws -> [CameraConfiguration] {
        guard configured.count < 2 else {
            guard camera == nil, capture.isEmpty else {
                throw CommandFailure.wrongUse("options for a camera do not go with a configuration of several cameras")
            }
            return configured
        }
        var single = configured.first ?? CameraConfiguration(device: camera ?? "/dev/video0")
        if let camera { single.settings.device = camera }
        single.settings.wish = try capture.wish(single.settings.wish)
        single.settings.controls += try capture.controlSettings()
        return [single]
    }

    private func text(_ outcome: CameraRun.Outcome, count: Int) -> String {
        var lines = count > 1 ? ["\(outcome.camera):"] : []
        lines.append(outcome.summary.text)
        for pair in outcome.pairs {
            lines.append(
                "paired with \(pair.camera): \(pair.paired) frames, largest skew "
                    + "\(fixedDecimal(pair.largestSkewMilliseconds, digits: 2)) ms; \(pair.alone) without a partner")
        }
        return lines.joined(separator: "\n")
    }

    private func object(_ outcome: CameraRun.Outcome) -> JSONValue {
        var members: [JSONValue.Member] = [.init("camera", .string(outcome.camera))]
        if case .object(let summary) = outcome.summary.json { members += summary }
        members.append(
            .init(
                "pairs",
                .array(
                    outcome.pairs.map {
                        .object([
                            .init("camera", .string($0.camera)), .init("paired", .signed(Int64($0.paired))),
                            .init("alone", .signed(Int64($0.alone))),
                            .init("largest_skew_ms", .number($0.largestSkewMilliseconds)),
                        ])
                    })))
        return .object(members)
    }
}
