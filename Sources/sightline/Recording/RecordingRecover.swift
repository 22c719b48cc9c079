import ArgumentParser
import Messages
import Recording

struct RecordingRecover: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover", abstract: "Write a clean file from one that was cut off or damaged.",
        discussion: """
            Everything that is whole is taken over, with new indexes. The file itself is not changed. Exit code 0: nothing \
            was lost; 3: something was, as told line by line.
              sightline recording recover drive.mcap.active
              sightline recording recover damaged.mcap --output mended.mcap
            """)

    @Argument(help: "The recording.")
    var file: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The clean file.", discussion: "Without it: NAME.mcap for NAME.mcap.active, else NAME.recovered.mcap.",
            valueName: "file"))
    var output: String?

    @Flag(help: "Also keep messages of chunks whose checksum is wrong: some of them are wrong.")
    var keepDamaged = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        var options = MCAPRecovery.Options()
        options.keepsDamaged = keepDamaged
        let target = output ?? defaultTarget
        let report = try MCAPRecovery.recover(file, to: target, options: options)
        if json {
            print(value(report, target).text)
        } else {
            for loss in report.losses { print("lost: \(loss)") }
            print(text(report, target))
        }
        if report.isLossy { throw ExitCode(ExitStatus.damagedInput.rawValue) }
    }

    private var defaultTarget: String {
        if file.hasSuffix(".active") { return String(file.dropLast(".active".count)) }
        return (file.hasSuffix(".mcap") ? String(file.dropLast(".mcap".count)) : file) + ".recovered.mcap"
    }

    private func text(_ report: MCAPRecovery.Report, _ target: String) -> String {
        var text =
            "\(target): \(report.messages) messages, \(report.attachments) attachments, \(report.metadata) metadata records"
        if report.salvaged > 0 { text += "; \(report.salvaged) of the messages from chunks that are not whole" }
        guard report.isLossy else {
            return text + (report.wasComplete ? "; nothing was lost" : "; nothing was lost, the file only had no end")
        }
        text += "; lost: \(report.lostBytes) bytes"
        return report.lostMessages > 0 ? text + ", at least \(report.lostMessages) messages" : text
    }

    private func value(_ report: MCAPRecovery.Report, _ target: String) -> JSONValue {
        .object([
            .init("file", .string(file)), .init("output", .string(target)), .init("lossy", .boolean(report.isLossy)),
            .init("was_complete", .boolean(report.wasComplete)),
            .init("messages", .unsigned(UInt64(clamping: report.messages))),
            .init("salvaged_messages", .unsigned(UInt64(clamping: report.salvaged))),
            .init("lost_messages", .unsigned(UInt64(clamping: report.lostMessages))),
            .init("lost_bytes", .signed(Int64(report.lostBytes))),
            .init("attachments", .signed(Int64(report.attachments))),
            .init("metadata", .signed(Int64(report.metadata))),
            .init(
                "losses",
                .array(
                    report.losses.map {
                        .object([.init("offset", .signed(Int64($0.offset))), .init("detail", .string($0.detail))])
                    })
            ),
        ])
    }
}
