import Glibc
import SightlineBus

/// The other process in the tests of the bus: publishers and subscribers that are killed, that stall, that misbehave.
@main
enum Main {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            switch arguments.first {
            case "publish": try Publishing.run(Array(arguments.dropFirst()))
            case "subscribe": try Subscribing.run(Array(arguments.dropFirst()))
            case "connect-as": try Connecting.run(Array(arguments.dropFirst()))
            case "receive-as": try Receiving.run(Array(arguments.dropFirst()))
            default: fail("usage: publish | subscribe | connect-as | receive-as")
            }
        } catch {
            fail("\(error)")
        }
    }

    /// Becomes another user for good.
    static func become(_ user: UInt32) {
        guard setgroups(0, nil) == 0, setgid(user) == 0, setuid(user) == 0 else { fail("setuid: \(errno)") }
    }

    static func fail(_ text: String) -> Never {
        say("error: \(text)")
        exit(1)
    }

    /// One line on standard output, at once.
    static func say(_ text: String) {
        let line = text + "\n"
        _ = line.withCString { write(1, $0, strlen($0)) }
    }
}
