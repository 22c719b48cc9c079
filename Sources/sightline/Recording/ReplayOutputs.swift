import ArgumentParser
import Messages
import Platform
import Recording
import Runtime

/// What a replay makes beside publishing: a recording, a digest, a comparison.
struct ReplayOutputOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Record what is published, pictures included, as MCAP.", valueName: "file"))
    var record: String?

    @OptionGroup var format: RecordingFormatOptions

    @Flag(
        help:
            "Print a hash of all results at the end: two runs with equal hashes published the same bytes (--lockstep).")
    var digest = false

    @Option(
        help: ArgumentHelp(
            "Say where results differ from those of a recording (--lockstep). Exit code 1 when they do.",
            valueName: "recording"))
    var compare: String?

    /// What must see all that is published; nil when nothing must.
    func tap(isVirtual: Bool, isQuiet: Bool) throws -> PublishedTap? {
        guard digest || compare != nil || record != nil else { return nil }
        if isQuiet { throw CommandFailure.wrongUse("--quiet publishes nothing to record, digest or compare") }
        if (digest || compare != nil) && !isVirtual {
            throw CommandFailure.wrongUse(
                "--digest and --compare need --lockstep: other runs depend on the machine's speed")
        }
        return PublishedTap(digests: digest)
    }
}

/// The outputs of a running replay.
final class ReplayOutputs {
    private let options: ReplayOutputOptions
    private let tap: PublishedTap
    private let recorder: BusRecorder?
    private let comparison: ReplayComparison?
    /// Whether the replay takes every frame, and so waits for the recorder.
    private let isLossless: Bool
    private let isWhole: Bool

    init(
        _ options: ReplayOutputOptions, tap: PublishedTap, session: ReplaySession, publisher: ResultPublisher,
        replay: ReplayOptions
    ) throws {
        self.options = options
        self.tap = tap
        if case .recorded = replay.pace { isLossless = false } else { isLossless = true }
        isWhole = replay.duration == nil && replay.start == 0
        comparison = try options.compare.map {
            try ReplayComparison(recording: $0, startTime: session.startTime)
        }
        if let comparison { tap.compare(with: comparison) }
        recorder = try options.record.map { path in
            var recording = try options.format.options()
            let isVirtual = replay.pace == .lockstep
            // On a virtual clock equal runs give equal files.
            if isVirtual { recording.flushInterval = nil }
            let now = isVirtual ? 0 : RecordingTime.now
            return try BusRecorder(
                path: path, publisher: publisher.name, options: recording, context: try options.format.context(),
                epoch: session.startTime ?? now, health: session.health)
        }
        try recorder?.start()
        if recorder != nil { publisher.waitForSubscriber() }
    }

    /// Called after each frame, on the loop's thread.
    func frameDone() {
        if isLossless { recorder?.wait(for: tap) }
    }

    /// Completes the outputs and tells about them; false when a comparison found differences or recording failed.
    func finish(wasInterrupted: Bool) -> Bool {
        var isGood = true
        if let recorder, let path = options.record {
            let condition = recorder.finish()
            printError(condition.text(path))
            isGood = condition.lostOnDisk == 0 && condition.state == .writing
        }
        if let digest = tap.digest { print("\(digest.text)  \(digest.messages) messages") }
        if let comparison {
            let report = comparison.finish(wholeDrive: isWhole && !wasInterrupted)
            for difference in report.differences { print(difference) }
            for topic in report.topics {
                print(
                    "\(topic.name): \(topic.equal) equal, \(topic.different) different, "
                        + "\(topic.onlyRecorded) only recorded, \(topic.onlyNow) only now")
            }
            if report.topics.isEmpty { print("nothing to compare") }
            isGood = isGood && report.agrees && !report.topics.isEmpty
        }
        return isGood
    }
}
