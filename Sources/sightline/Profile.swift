import ArgumentParser
import CAllocationCounter
import Messages
import Platform
import Runtime

struct Profile: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Measure where the time of frames goes: percentiles, deadline misses, jitter, allocations, critical path.",
        discussion: """
            The drive is replayed at its recorded speed, frames fall due as a camera would deliver them, and every frame is \
            kept. Results are published as usual, so that subscribers can be part of the measurement.
              sightline profile drive.mp4 --budget 33ms
              sightline profile drive.mp4 --json > before.json     # change something, then:
              sightline profile drive.mp4 --compare before.json    # exit code 1 when something is slower
              sightline profile drive.mp4 --trace trace.json --html profile.html
            Open the trace at https://ui.perfetto.dev.
            """)

    @Argument(help: "The drive.")
    var drive: String?

    @Option(help: "A live camera instead of a drive: a node, a number, or the name of a link in /dev/v4l.")
    var camera: String?

    @OptionGroup var networks: NetworkOptions

    @Option(
        help:
            "Frames to measure, behind 10 that warm up, the drive looped if it is shorter; without it the whole drive, or 900 of a camera."
    )
    var frames: Int?

    @Option(help: "Speed of the drive's clock, a factor such as 1 or 0.5; 'max' measures frame after frame.")
    var speed: String = "1"

    @Flag(help: "Also the time of every layer of the networks.")
    var perLayer = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @Option(help: ArgumentHelp("Write the timeline for Perfetto.", valueName: "file"))
    var trace: String?

    @Option(help: ArgumentHelp("Write a page with histograms, slowest frames and decisions.", valueName: "file"))
    var html: String?

    @Option(help: ArgumentHelp("Compare with the --json of an earlier run.", valueName: "file"))
    var compare: String?

    @Flag(help: "Publish nothing on the bus.")
    var quiet = false

    func validate() throws {
        guard (drive == nil) != (camera == nil) else { throw ValidationError("name a drive or a --camera") }
        if let frames, !(1...ProfileRecorder.frameLimit).contains(frames) {
            throw ValidationError("--frames is between 1 and \(ProfileRecorder.frameLimit)")
        }
        if speed != "max" {
            guard let factor = Double(speed), factor >= 0.01, factor <= 100 else {
                throw ValidationError("--speed is a factor from 0.01 to 100, or max")
            }
        }
    }

    func run() throws {
        InterruptFlag.install()
        RealTimeThread.observeStarts { name in
            if isFrameThread(name) { sightline_allocations_watch_thread() }
        }
        var configuration = try networks.configuration()
        configuration.measuresLayers = perLayer
        let (report, comparison) = try measure(configuration)
        if let trace { try writeFile(TraceWriter(report).text, to: trace) }
        if let html { try writeFile(ProfilePage(report).text, to: html) }
        show(report, comparison)
        if comparison?.hasSlowed == true { throw ExitCode(ExitStatus.workFailed.rawValue) }
    }

    private func measure(_ configuration: Configuration) throws -> (ProfileReport, ProfileComparison?) {
        let grant = RealTimeGrant(configuration.realTime ?? RealTimeOptions())
        if !grant.refusals.isEmpty { printError("sightline: \(grant.refusals.joined(separator: "; "))") }
        let pipeline = try PerceptionPipeline(configuration, grant: grant)
        for note in pipeline.notes { printError("sightline: \(note)") }
        let publisher = quiet ? nil : try ResultPublisher(name: configuration.name)
        let (recorder, summary) =
            if let drive {
                try record(drive, pipeline, publisher, grant)
            } else {
                try record(camera: camera ?? "", configuration, pipeline, publisher, grant)
            }
        publisher?.close()
        let report = ProfileReport(recorder, summary: summary, drive: drive ?? camera ?? "", pipeline: pipeline)
        return (report, try compare.map { try ProfileComparison(report, withFile: $0) })
    }

    private func record(
        _ drive: String, _ pipeline: PerceptionPipeline, _ publisher: ResultPublisher?, _ grant: RealTimeGrant
    ) throws -> (ProfileRecorder, RunSummary) {
        var options = ReplayOptions(pace: Double(speed).map { .recorded(speed: $0) } ?? .maximum)
        options.loops = frames != nil
        let session = try ReplaySession(
            drive: drive, pipeline: pipeline, publisher: publisher, options: options, grant: grant)
        let recorder = recorder(frames: frames ?? session.drive.frameCount ?? ProfileRecorder.frameLimit)
        let summary = try session.run { report in
            recorder.add(report)
            if recorder.isComplete { session.stop() }
        }
        return (recorder, summary)
    }

    private func record(
        camera: String, _ configuration: Configuration, _ pipeline: PerceptionPipeline, _ publisher: ResultPublisher?,
        _ grant: RealTimeGrant
    ) throws -> (ProfileRecorder, RunSummary) {
        let session = try CameraSession(
            CameraConfiguration(device: camera), name: configuration.name, pipeline: pipeline, publisher: publisher,
            grant: grant)
        let recorder = recorder(frames: frames ?? 900)
        let summary = try session.run { report in
            recorder.add(report)
            if recorder.isComplete { session.stop() }
        }
        return (recorder, summary)
    }

    private func recorder(frames: Int) -> ProfileRecorder {
        var counter: ProfileRecorder.AllocationCounter?
        if sightline_allocations_available() == 1 { counter = { sightline_allocations_watched() } }
        return ProfileRecorder(frames: frames, allocations: counter)
    }

    private func show(_ report: ProfileReport, _ comparison: ProfileComparison?) {
        guard json else {
            printLine(report.text)
            if let comparison { printLine("\n" + comparison.text) }
            return
        }
        guard let comparison, case .object(let members) = report.json else {
            printLine(report.json.text)
            return
        }
        printLine(JSONValue.object(members + [.init("comparison", comparison.json)]).text)
    }
}
