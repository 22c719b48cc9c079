import ArgumentParser
import Messages
import Recording

struct RecordingDoctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Examine every record of a recording.",
        discussion: """
            Prints one line for each finding. Exit code 0: sound, or warnings only; 3: errors.
              sightline recording doctor drive.mcap
            """)

    @Argument(help: "The recording.")
    var file: String

    @Flag(help: "One JSON object a finding, and one with the totals at the end.")
    var json = false

    func run() throws {
        let doctor = try MCAPDoctor.examine(file)
        for finding in doctor.findings {
            guard json else {
                printLine(finding.description)
                continue
            }
            printLine(
                JSONValue.object([
                    .init("severity", .string(finding.severity.rawValue)),
                    .init("offset", .signed(Int64(finding.offset))),
                    .init("detail", .string(finding.detail)),
                ]).text)
        }
        let errors = doctor.findings.count { $0.severity == .error }
        let warnings = doctor.findings.count - errors
        if json {
            printLine(
                JSONValue.object([
                    .init("file", .string(file)), .init("errors", .signed(Int64(errors))),
                    .init("warnings", .signed(Int64(warnings))),
                    .init("further_findings", .signed(Int64(doctor.furtherFindings))),
                    .init("messages", .unsigned(UInt64(clamping: doctor.messageCount))),
                ]).text)
        } else {
            let further = doctor.furtherFindings > 0 ? ", and \(doctor.furtherFindings) more findings" : ""
            printLine("\(file): \(doctor.messageCount) messages, \(errors) errors, \(warnings) warnings\(further)")
        }
        if errors > 0 { throw ExitCode(ExitStatus.damagedInput.rawValue) }
    }
}
