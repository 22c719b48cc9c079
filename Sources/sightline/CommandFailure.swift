import Glibc
import Platform

/// What the process tells its caller.
enum ExitStatus: Int32 {
    case done = 0
    case workFailed = 1
    case wrongUse = 2
    case damagedInput = 3
}

/// A failure that a command words itself.
struct CommandFailure: Error {
    var exitStatus: ExitStatus
    var message: String

    static func wrongUse(_ message: String) -> CommandFailure { .init(exitStatus: .wrongUse, message: message) }
    static func workFailed(_ message: String) -> CommandFailure { .init(exitStatus: .workFailed, message: message) }
    static func damagedInput(_ message: String) -> CommandFailure { .init(exitStatus: .damagedInput, message: message) }
}

/// Writes one line to standard error.
func printError(_ line: String) {
    var text = line + "\n"
    text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

extension ExitStatus {
    /// The exit status for an error that a module threw.
    static func status(for error: any Error) -> ExitStatus {
        switch error {
        case PlatformError.invalidYAML, PlatformError.fileTooLarge: .damagedInput
        default: .workFailed
        }
    }
}
