import ArgumentParser
import Platform
import Runtime

struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Run the networks on a recorded drive and publish what they find.",
        discussion: """
            DRIVE is a video (MP4, MOV, AVI, MKV), a recording (MCAP), a folder of pictures (JPEG, PNG), or a picture. Frames \
            fall due at their recorded times, and only the newest is taken, as with a camera; --speed max and --lockstep \
            take every frame. On a terminal: space pauses, s steps, arrows go 10 s and change the speed, q ends.
              sightline replay drive.mp4
              sightline replay drive.mp4 --start 30 --duration 10 --annotate out.mp4
            """)

    @Argument(help: "The drive.")
    var drive: String

    @OptionGroup var networks: NetworkOptions

    @Option(help: "Speed: a factor such as 1 or 0.5, or 'max'. Without it 1, or 'max' with --annotate.")
    var speed: String?

    @Flag(help: "Every frame on a virtual clock: two runs publish the same bytes.")
    var lockstep = false

    @Flag(help: "Start again at the end, until interrupted.")
    var loop = false

    @Option(help: "Seconds from the drive's beginning to the first frame.")
    var start: Double = 0

    @Option(help: "Seconds to replay.")
    var duration: Double?

    @Option(
        help: ArgumentHelp(
            "Draw boxes, drivable area, lanes and latency.",
            discussion: "Into a video (.mp4), or for a single picture into a picture (.png, .jpg).", valueName: "file"))
    var annotate: String?

    @Option(help: "Topic of the pictures, in a recording with several; without it the one with the most.")
    var topic: String?

    @OptionGroup var outputs: ReplayOutputOptions

    @Flag(help: "Publish nothing on the bus.")
    var quiet = false

    @Flag(help: "Print the summary as one JSON object.")
    var json = false

    func validate() throws {
        guard start >= 0, start.isFinite else { throw ValidationError("--start is not negative") }
        if let duration, !(duration > 0) { throw ValidationError("--duration is positive") }
        if lockstep && speed != nil { throw ValidationError("--lockstep has a clock of its own; leave --speed out") }
    }

    func run() throws {
        var options = ReplayOptions(pace: try pace())
        options.loops = loop
        options.start = start
        options.duration = duration
        options.topic = topic
        let tap = try outputs.tap(isVirtual: lockstep, isQuiet: quiet)
        let configuration = try networks.configuration()
        let grant = realTimeGrant(configuration, options)
        let pipeline = try PerceptionPipeline(configuration, grant: grant, ignoresBudget: lockstep)
        for note in pipeline.notes { printError("sightline: \(note)") }
        let publisher = quiet ? nil : try ResultPublisher(name: configuration.name, tap: tap)
        let control = ReplayControl(speed: options.speed)
        let session = try ReplaySession(
            drive: drive, pipeline: pipeline, publisher: publisher, options: options, control: control, grant: grant)
        let annotator = try annotate.map { try Annotator(path: $0, drive: session.drive) }
        InterruptFlag.install()
        let running = try tap.flatMap { tap in
            try publisher.map {
                try ReplayOutputs(
                    outputs, tap: tap, session: session, publisher: $0, replay: options, configuration: configuration)
            }
        }
        let progress = ReplayProgress(drive: session.drive, options: options, control: control)
        defer { progress.end() }
        publisher?.log.write(.info, source: "replay", text: "\(drive) begins")
        let summary = try session.run { report in
            try annotator?.add(report)
            running?.frameDone()
            progress.show(report)
        }
        progress.end()
        publisher?.log.write(
            .info, source: "replay",
            text: "\(drive) ends: \(summary.framesProcessed) frames, \(summary.framesDropped) dropped")
        let outcome = running?.finish(wasInterrupted: summary.wasInterrupted) ?? ReplayOutputs.Outcome()
        publisher?.close()
        try annotator?.finish()
        for line in outcome.lines where !json { print(line) }
        print(json ? summary.json.adding(outcome.members).text : summary.text)
        if !outcome.isGood { throw ExitCode(ExitStatus.workFailed.rawValue) }
    }

    /// Frames that fall due are work for the real-time scheduler where their latency counts; batch work is not.
    private func realTimeGrant(_ configuration: Configuration, _ options: ReplayOptions) -> RealTimeGrant {
        guard case .recorded = options.pace, configuration.budget != nil || configuration.realTime != nil else {
            return .none
        }
        let grant = RealTimeGrant(configuration.realTime ?? RealTimeOptions())
        if !grant.refusals.isEmpty { printError("sightline: \(grant.refusals.joined(separator: "; "))") }
        return grant
    }

    private func pace() throws -> ReplayOptions.Pace {
        if lockstep { return .lockstep }
        switch speed {
        case nil: return annotate == nil ? .recorded(speed: 1) : .maximum
        case "max": return .maximum
        case let text?:
            guard let factor = Double(text), factor >= 0.01, factor <= 100 else {
                throw CommandFailure.wrongUse("--speed \(text): expected a factor from 0.01 to 100, or max")
            }
            return .recorded(speed: factor)
        }
    }
}
