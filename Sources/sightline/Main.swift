import ArgumentParser
import Glibc
import Platform

/// Runs the command and turns every failure into one line on standard error and the agreed exit code.
@main
enum Main {
    static func main() {
        do {
            var command = try Sightline.parseAsRoot()
            try command.run()
        } catch {
            exit(report(error))
        }
    }

    private static func report(_ error: any Error) -> Int32 {
        if let failure = error as? CommandFailure {
            printError("sightline: \(failure.message)")
            return failure.exitStatus.rawValue
        }
        let code = Sightline.exitCode(for: error)
        if code == .success {
            print(Sightline.fullMessage(for: error))
            return 0
        }
        if code == .validationFailure {
            printError(Sightline.fullMessage(for: error))
            return ExitStatus.wrongUse.rawValue
        }
        if let exitCode = error as? ExitCode { return exitCode.rawValue }
        printError("sightline: \(error)")
        return ExitStatus.status(for: error).rawValue
    }
}
