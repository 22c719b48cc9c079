import ArgumentParser
import Calibration
import Glibc
import Messages
import Platform
import Recording
import Runtime

struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "Record what is published on the bus.",
        discussion: """
            Writes MCAP, which Foxglove, Rerun and the mcap tools open. Pictures are stored as JPEG. Ctrl-C ends the \
            recording in good order; after a crash or a power cut, `sightline recording recover` saves all but the last second.
              sightline record drive.mcap
              sightline record drive.mcap detections tracks --segment-minutes 10
            """)

    @Argument(help: "The recording; it must not exist.")
    var file: String

    @Argument(help: "Topics: frame, detections, road ...; all without any. NAME/* stands for all of a camera's.")
    var topics: [String] = []

    @Option(help: "Only this publisher.")
    var publisher: String?

    @OptionGroup var format: RecordingFormatOptions

    @Option(help: "Seconds to record; without it until interrupted.")
    var duration: Double?

    @Flag(help: "Print the summary as one JSON object.")
    var json = false

    func validate() throws {
        if let duration, !(duration > 0) { throw ValidationError("--duration is positive") }
    }

    func run() throws {
        InterruptFlag.install()
        let recorder = try BusRecorder(
            path: file, topics: topics, publisher: publisher, options: try format.options(),
            context: try format.context())
        try recorder.start()
        let begin = MonotonicTime.now
        let line = ProgressLine()
        var lastProblem: String?
        while !InterruptFlag.isSet {
            let seconds = Double(MonotonicTime.now - begin) * 1e-9
            if let duration, seconds >= duration { break }
            let condition = recorder.condition
            if let problem = condition.problem, condition.state != .writing, problem != lastProblem {
                lastProblem = problem
                line.clear()
                printError("\(file): \(problem)")
            }
            line.show(condition.progress(seconds: seconds))
            usleep(100_000)
        }
        let condition = recorder.finish()
        line.clear()
        print(json ? condition.json(file).text : condition.text(file))
        if condition.lostOnDisk > 0 || condition.state != .writing { throw ExitCode(ExitStatus.workFailed.rawValue) }
    }
}

/// How recordings are written, for `record` and `--record`.
struct RecordingFormatOptions: ParsableArguments {
    @Option(help: "How chunks of the recording are packed: zstd, lz4, none.")
    var compression = "zstd"

    @Option(help: "Begin a new file of the recording after so many minutes; each can be read alone.")
    var segmentMinutes: Double?

    @Option(help: ArgumentHelp("Begin a new file of the recording after so many megabytes.", valueName: "MB"))
    var segmentSize: Int?

    @Option(help: "JPEG quality of recorded pictures that are not JPEG already, 1 to 100.")
    var quality = 90

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "A file to keep in the recording, such as a calibration; may be given again.", valueName: "file"))
    var attach: [String] = []

    func validate() throws {
        guard MCAPCompression(label: compression) != nil else {
            throw ValidationError("--compression is zstd, lz4 or none")
        }
        guard 1...100 ~= quality else { throw ValidationError("--quality is between 1 and 100") }
        if let segmentMinutes, !(segmentMinutes > 0) { throw ValidationError("--segment-minutes is positive") }
        if let segmentSize, segmentSize < 4 { throw ValidationError("--segment-size is at least 4 MB") }
    }

    func options() throws -> RecordingOptions {
        var options = RecordingOptions()
        options.mcap.compression = MCAPCompression(label: compression) ?? .zstd
        options.segmentBytes = segmentSize.map { $0 << 20 }
        options.segmentDuration = segmentMinutes.map { Int64($0 * 60e9) }
        options.jpegQuality = quality
        return options
    }

    func context() throws -> RecordingContext {
        var context = RecordingContext()
        for path in attach {
            let file = try MappedFile(path: path)
            let data = file.withBytes { [UInt8]($0) }
            // A camera's calibration also tells viewers how the camera projects and where it sits.
            if path.hasSuffix(".yaml"), let camera = try? CameraCalibration(contentsOf: path) { context.add(camera) }
            context.attachments.append(
                MCAPAttachment(
                    name: path.split(separator: "/").last.map(String.init) ?? path,
                    mediaType: path.hasSuffix(".yaml") ? "application/yaml" : "application/octet-stream", data: data))
        }
        return context
    }
}

extension RecordingCondition {
    func progress(seconds: Double) -> String {
        var text =
            "recording \(fixedDecimal(seconds, digits: 1)) s  \(messages) messages  "
            + "\(fixedDecimal(Double(bytes) / 1e6, digits: 1)) MB"
        if let problem { text += "  \(problem)" }
        return text
    }

    func text(_ file: String) -> String {
        "\(file): \(messages) messages, \(fixedDecimal(Double(bytes) / 1e6, digits: 1)) MB"
            + (files > 1 ? " in \(files) files" : "") + (problem.map { "; \($0)" } ?? "")
    }

    func json(_ file: String) -> JSONValue {
        .object([
            .init("file", .string(file)), .init("files", .signed(Int64(files))), .init("bytes", .signed(Int64(bytes))),
            .init("messages", .unsigned(UInt64(clamping: messages))),
            .init("lost_on_bus", .unsigned(UInt64(clamping: lostOnBus))),
            .init("lost_on_disk", .unsigned(UInt64(clamping: lostOnDisk))),
            .init("problem", problem.map { .string($0) } ?? .null),
        ])
    }
}
