import ArgumentParser
import Glibc
import Runtime

/// The networks and threads of a run: from a configuration file, overruled by options.
struct NetworkOptions: ParsableArguments {
    @Option(help: "Configuration file (YAML).")
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Detection network (ONNX), or 'none'.",
            discussion:
                "Without it: the configuration's, else the first of models/local/detection.onnx and models/road-objects.onnx.",
            valueName: "model"))
    var detection: String?

    @Option(
        help: ArgumentHelp(
            "Road-segmentation network (ONNX), or 'none'.",
            discussion:
                "Without it: the configuration's, else the first of models/local/road.onnx and models/road-surface.onnx.",
            valueName: "model"))
    var road: String?

    @Option(
        help: ArgumentHelp(
            "The camera's calibration (YAML): results are then in metres, too.",
            discussion: "Without it: the configuration's. It must say how the camera is mounted.", valueName: "file"))
    var calibration: String?

    @Flag(help: "Learn the camera's pitch and yaw while driving, instead of taking the camera file's as they are.")
    var onlineCalibration = false

    @Option(
        help: ArgumentHelp(
            "Where what is learnt of pitch and yaw is kept from run to run; with it they are learnt.",
            discussion:
                "Without it: the configuration's; else `run` keeps it beside the camera's file as NAME.online.yaml, "
                + "`replay` and `profile` keep nothing.",
            valueName: "file"))
    var calibrationState: String?

    @Option(help: "Detections with a lower score are dropped, 0 to 1.")
    var confidence: Float?

    @Option(help: "Threads for inference; without it one per processor.")
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Latency budget from capture to published, such as 33ms.",
            discussion:
                "What does not fit is run cheaper, spread over frames, carried or skipped, and `timing` says so."))
    var budget: String?

    @Option(help: "The publisher's name on the bus.")
    var name: String?

    func validate() throws {
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads is between 1 and 256") }
        if let confidence, !(0..<1).contains(confidence) { throw ValidationError("--confidence is from 0 to below 1") }
        if let budget, DurationText.nanoseconds(budget).map({ Configuration.budgetRange.contains($0) }) != true {
            throw ValidationError("--budget is a duration from 1ms to 10s, such as 33ms")
        }
        if let name, !Configuration.isValidName(name) {
            throw ValidationError("--name has 1 to 40 letters, digits, dots, hyphens or underscores")
        }
    }

    /// What is to run, with at least one network.
    func configuration() throws -> Configuration {
        var configuration = try config.map { try Configuration(contentsOf: $0) } ?? Configuration()
        if let name { configuration.name = name }
        if let threads { configuration.threads = threads }
        if let calibration { configuration.calibration = calibration }
        if onlineCalibration || calibrationState != nil { configuration.learnsMounting = true }
        if let calibrationState { configuration.calibrationState = calibrationState }
        if let budget { configuration.budget = DurationText.nanoseconds(budget) }
        let locator = NetworkLocator(executable: CommandLine.executablePath)
        configuration.detection = network(detection, configured: configuration.detection, role: .detection, locator)
        configuration.road = network(road, configured: configuration.road, role: .road, locator)
        if let confidence { configuration.detection?.confidence = confidence }
        let isComplete = configuration.cameras.contains { $0.detection != nil || $0.road != nil }
        guard configuration.detection != nil || configuration.road != nil || isComplete else {
            throw CommandFailure.wrongUse(
                "no network to run: name one with --detection or --road, or put one at models/local/detection.onnx "
                    + "(`sightline model quantize` makes int8 networks; looked in \(locator.folders.joined(separator: ", ")))"
            )
        }
        return configuration
    }

    private func network(
        _ option: String?, configured: NetworkConfiguration?, role: NetworkLocator.Role, _ locator: NetworkLocator
    ) -> NetworkConfiguration? {
        if option == "none" { return nil }
        if let option {
            var network = configured ?? NetworkConfiguration(model: option)
            network.model = option
            return network
        }
        return configured ?? (config == nil ? locator.path(of: role).map { NetworkConfiguration(model: $0) } : nil)
    }
}

extension CommandLine {
    /// The path of the running executable.
    static var executablePath: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        return count > 0
            ? String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : arguments[0]
    }
}
