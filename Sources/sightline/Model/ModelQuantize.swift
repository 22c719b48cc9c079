import ArgumentParser
import Glibc
import Messages
import ONNX
import Operators
import Perception
import Quantization
import Runtime
import SightlineInference

struct ModelQuantize: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantize", abstract: "Make an int8 network out of a float one.",
        discussion: """
            Watches the float network on typical pictures, chooses a range for every activation and a scale for every output \
            channel's weights, and writes a QDQ file that onnxruntime runs as well. Heads and whatever would lose too much \
            stay in float; what does is listed. A hundred pictures from the camera that the network will see are best.
              sightline model quantize yolo11n.onnx --data coco128/ -o yolo11n.int8.onnx
            """)

    @OptionGroup var model: ModelOptions

    @Option(help: "Pictures to calibrate with: a folder, a data set with an images folder, or a video.")
    var data: String

    @Option(name: .shortAndLong, help: "The quantised network (ONNX).")
    var output: String

    @Option(
        help: ArgumentHelp(
            "Ranges and signal-to-noise ratios of every tensor (YAML).",
            discussion: "Without it: calibration/int8/NAME.yaml, where that folder exists."))
    var report: String?

    @Option(help: "Pictures that are used, evenly spread over the data.")
    var samples = 128

    @Option(help: "How ranges are chosen: mse, percentile, percentile=99.99, minmax, entropy.")
    var method = "mse"

    @Option(help: "Layers whose signal-to-noise ratio would be lower than this many decibels stay in float.")
    var minimumRatio: Double = 10

    @Option(
        help: ArgumentHelp(
            "Units for the channels of a value: off, or the decibels that they must gain.",
            discussion: """
                Channels of unequal loudness lose less with a unit for each, which the layers that read them hold in their \
                weights. The layers that write them cannot end in the fastest activation then.
                """))
    var channelScaling = "3"

    @Option(
        help: "The layout of the outputs, where the file does not tell: yolo, yolov5, yolox, end2end, semantic, road.")
    var head: String?

    @Option(help: "Threads; without it one per processor.")
    var threads: Int?

    func validate() throws {
        guard (1...100_000).contains(samples) else { throw ValidationError("--samples is between 1 and 100000") }
    }

    func run() throws {
        var options = QuantizerOptions()
        guard let chosen = RangeMethod(word: method) else {
            throw CommandFailure.wrongUse(
                "--method \(method): expected mse, percentile, percentile=99.99, minmax or entropy")
        }
        options.method = chosen
        options.minimumSignalToNoiseRatio = minimumRatio
        guard let scaling = QuantizationPolicy.ChannelScaling(word: channelScaling) else {
            throw CommandFailure.wrongUse("--channel-scaling \(channelScaling): expected off or a number of decibels")
        }
        options.policy.channelScaling = scaling
        let loaded = try LoadedModel(path: model.model, inputShapes: try model.inputShapes(), head: head)
        let pictures = try CalibrationPictures(data, limit: samples, convention: loaded.recognized.input)
        // Of these forms of the network more can be integer.
        let graph = loaded.graph.foldingBatchNormalization().foldingChannelFactors()
            .replacingTransposedConvolutions().replacingPicturePools()
        var network = EngineCalibrationNetwork(graph, threads: threads)
        var quantizer = Quantizer(graph, options: options)
        let progress = ProgressLine()
        let result = try quantizer.quantize(samples: pictures, network: &network) { step in
            progress.show("\(step.stage.rawValue) \(step.done)/\(step.total)")
        }
        progress.clear()
        var quantized = result.graph
        // Of the network as it will be loaded, which leaves out what only other programs need.
        let reloaded = try quantized.specialized()
        if let golden = try Engine.goldenValues(of: reloaded, options: EngineOptions(threads: threads)) {
            quantized.metadata.merge(golden.metadata) { $1 }
        }
        try quantized.write(to: output)
        print("\(output): \(result.graph.nodes.count) nodes, calibrated on \(pictures.count) pictures (\(method))")
        for layer in result.layersKeptInFloat { print("  float: \(layer.name): \(layer.reason)") }
        if let path = reportPath(name: loaded.name) {
            try writeFile(result.report.yaml(), to: path)
            print("\(path): ranges and signal-to-noise ratios")
        }
    }

    private func reportPath(name: String) -> String? {
        if let report { return report }
        return access("calibration/int8", W_OK) == 0 ? "calibration/int8/\(name).yaml" : nil
    }
}

extension RangeMethod {
    /// The method that a command line names.
    init?(word: String) {
        switch word {
        case "mse": self = .meanSquaredError
        case "percentile": self = .searchedPercentile
        case "minmax", "min-max": self = .minMax
        case "entropy": self = .entropy
        default:
            guard word.hasPrefix("percentile="), let percent = Double(word.dropFirst("percentile=".count)),
                percent >= 50, percent <= 100
            else { return nil }
            self = .percentile(percent / 100)
        }
    }
}

extension QuantizationPolicy.ChannelScaling {
    /// The choice that a command line names.
    init?(word: String) {
        if word == "off" {
            self = .off
        } else if let decibels = Double(word), decibels >= 0, decibels.isFinite {
            self = .whereItGains(minimumDecibels: decibels)
        } else {
            return nil
        }
    }
}
