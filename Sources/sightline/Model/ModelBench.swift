import ArgumentParser
import Messages
import Platform
import Runtime

struct ModelBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Time a network on this machine.",
        discussion: """
            Runs the network on a grey picture, prints minimum, median and 99th percentile, the rate of multiply-accumulates \
            and their share of what the processor's int8 instructions can do, measured in the same run.
            """)

    @OptionGroup var model: ModelOptions

    @Option(help: "Threads; without it one per processor.")
    var threads: Int?

    @Option(help: "Runs that are timed.")
    var runs = 50

    @Option(help: "Runs before them that are not.")
    var warmup = 5

    @Option(help: "Instruction set; without it the best, or what SIGHTLINE_ISA says.")
    var isa: String?

    @Flag(help: "A table of layers: time, rate, share of peak, bytes.")
    var perLayer = false

    @Flag(help: "Pack weights anew instead of taking them from the cache (SIGHTLINE_CACHE, else ~/.cache/sightline).")
    var noCache = false

    @Flag(help: "One JSON object.")
    var json = false

    func validate() throws {
        guard (1...1_000_000).contains(runs), (0...1_000_000).contains(warmup) else {
            throw ValidationError("--runs is between 1 and 1000000, --warmup between 0 and 1000000")
        }
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads is between 1 and 256") }
    }

    func run() throws {
        let benchmark = try ModelBenchmark(
            path: model.model, inputShapes: try model.inputShapes(), threads: threads, instructionSet: isa,
            measuresLayers: perLayer, usesCache: !noCache)
        let report = try benchmark.run(warmup: warmup, runs: runs)
        print(json ? report.json.text : report.text)
    }
}
