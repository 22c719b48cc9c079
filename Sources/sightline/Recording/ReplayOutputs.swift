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
        replay: ReplayOptions, configuration: Configuration
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
            // A second, because a time of 0 counts as none wherever messages have times.
            let now = isVirtual ? 1_000_000_000 : RecordingTime.now
            var context = try options.format.context()
            try context.add(configuration)
            return try BusRecorder(
                path: path, publisher: publisher.name, options: recording, context: context,
                epoch: session.startTime ?? now, health: session.health)
        }
        try recorder?.start()
        if recorder != nil { try publisher.waitForRecorder(width: session.drive.width, height: session.drive.height) }
    }

    /// Called after each frame, on the loop's thread.
    func frameDone() {
        if isLossless { recorder?.wait(for: tap) }
    }

    /// What came out of a replay's outputs.
    struct Outcome {
        /// Whether all was recorded and nothing differed.
        var isGood = true
        /// For people, and as keys of a JSON object.
        var lines: [String] = []
        var members: [JSONValue.Member] = []
    }

    /// Completes the outputs.
    func finish(wasInterrupted: Bool) -> Outcome {
        var outcome = Outcome()
        if let recorder, let path = options.record {
            let condition = recorder.finish()
            outcome.lines.append("recorded " + condition.text(path))
            outcome.members.append(.init("recording", condition.json(path)))
            outcome.isGood = condition.lostOnDisk == 0 && condition.state == .writing
        }
        if let digest = tap.digest {
            outcome.lines.append("\(digest.text)  \(digest.messages) messages")
            outcome.members.append(.init("digest", .string(digest.text)))
        }
        if let comparison { add(comparison.finish(wholeDrive: isWhole && !wasInterrupted), to: &outcome) }
        return outcome
    }

    private func add(_ report: ReplayComparison.Report, to outcome: inout Outcome) {
        outcome.lines += report.differences
        outcome.lines += report.topics.map { topic in
            "\(topic.name): \(topic.equal) equal, \(topic.different) different, \(topic.onlyRecorded) only recorded, "
                + "\(topic.onlyNow) only now"
        }
        if report.topics.isEmpty { outcome.lines.append("nothing to compare") }
        let topics = report.topics.map { topic in
            JSONValue.Member(
                topic.name,
                .object([
                    .init("equal", .signed(Int64(topic.equal))), .init("different", .signed(Int64(topic.different))),
                    .init("only_recorded", .signed(Int64(topic.onlyRecorded))),
                    .init("only_now", .signed(Int64(topic.onlyNow))),
                ]))
        }
        outcome.members.append(.init("comparison", .object(topics)))
        outcome.members.append(.init("differences", .array(report.differences.map { .string($0) })))
        outcome.isGood = outcome.isGood && report.agrees && !report.topics.isEmpty
    }
}
