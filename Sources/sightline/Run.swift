import ArgumentParser
import Camera
import Messages
import Platform
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
        let run = try CameraRun(configuration, isPublishing: !quiet)
        if !run.refusals.isEmpty { printError("sightline: \(run.refusals.joined(separator: "; "))") }
        InterruptFlag.install()
        for session in run.sessions { printError("\(session.name): \(session.path), \(session.format)") }
        let limit = frames ?? .max
        let outcomes = try run.run { _, report in report.framesProcessed < limit }
        for outcome in outcomes { print(json ? object(outcome).text : text(outcome, count: outcomes.count)) }
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
