import ArgumentParser
import Messages
import Runtime

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what this machine lacks for real-time work, and the command that mends it.",
        discussion: "Exit code 1 when something does not work; what could only be better leaves it at 0.")

    @Flag(help: "One JSON object a line, for each finding.")
    var json = false

    func run() throws {
        let findings = MachineDoctor.examine(.system)
        for finding in findings { print(json ? object(finding).text : text(finding)) }
        if findings.contains(where: { $0.verdict == .bad }) { throw ExitCode(ExitStatus.workFailed.rawValue) }
    }

    private func text(_ finding: MachineFinding) -> String {
        let mark =
            switch finding.verdict {
            case .good: "ok  "
            case .improvable: "note"
            case .bad: "BAD "
            }
        return "\(mark)  \(finding.name): \(finding.state)" + (finding.remedy.map { "\n        \($0)" } ?? "")
    }

    private func object(_ finding: MachineFinding) -> JSONValue {
        .object([
            .init("name", .string(finding.name)), .init("verdict", .string(finding.verdict.rawValue)),
            .init("state", .string(finding.state)), .init("remedy", finding.remedy.map { .string($0) } ?? .null),
        ])
    }
}
