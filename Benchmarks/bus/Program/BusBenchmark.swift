import Glibc
import SightlineBus

/// Latency of the bus against a raw socket pair, of frames against small messages, and of readers beside a stalled one;
/// allocations per message.
///
///     bus-benchmark [latency] [frames] [stalled] [allocations] [--rounds N]     JSON, one object per line
///     bus-benchmark publish DIRECTORY COUNT SIZE MICROSECONDS     a publisher for subscribers in other languages
@main
enum BusBenchmark {
    private static let usage = """
        usage: bus-benchmark [latency] [frames] [stalled] [allocations] [--rounds N]
               bus-benchmark publish DIRECTORY COUNT SIZE MICROSECONDS
        """

    static func main() {
        var arguments = Array(CommandLine.arguments.dropFirst())
        do {
            if arguments.first == "child" { return try Child.run(Array(arguments.dropFirst())) }
            if arguments.first == "publish" { return try PublishOnly.run(Array(arguments.dropFirst())) }
            if arguments.contains(where: { $0.hasPrefix("-") && $0 != "--rounds" }) {
                return print(usage)
            }
            var rounds = 40
            if let option = arguments.firstIndex(of: "--rounds"), option + 1 < arguments.count {
                rounds = Int(arguments[option + 1]) ?? rounds
                arguments.removeSubrange(option...option + 1)
            }
            let chosen = arguments.isEmpty ? ["latency", "frames", "stalled", "allocations"] : arguments
            if chosen.contains("latency") { try Latency.run(rounds: rounds) }
            if chosen.contains("frames") { try Frames.run(rounds: rounds) }
            if chosen.contains("stalled") { try Stalled.run(rounds: rounds) }
            if chosen.contains("allocations") { try Allocations.run() }
        } catch {
            fail("\(error)")
        }
    }

    static func fail(_ text: String) -> Never {
        warn(text)
        exit(1)
    }

    static func warn(_ text: String) {
        let line = "bus-benchmark: \(text)\n"
        _ = line.withCString { write(2, $0, strlen($0)) }
    }
}
