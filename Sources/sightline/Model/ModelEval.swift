import ArgumentParser
import Evaluation
import Messages
import Perception
import Runtime

struct ModelEval: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Judge a network against labelled pictures, or against its float original.",
        discussion: """
            Detection: average precision as pycocotools computes it, on a YOLO data set (data.yaml, or images/ and labels/). \
            Road: intersection over union with label masks, or with --float of the masks with the float network's.
              sightline model eval yolo11n.int8.onnx --data coco128/ --float yolo11n.onnx
              sightline model eval road.int8.onnx --data camvid/ --road-labels 3 --void-labels 11
              sightline model eval road.int8.onnx --data pictures/ --float road.onnx
            With --streaming the data is a drive whose truth lies beside it (drive.truth.jsonl): each moment is judged by the             newest result that was published by then, so that latency counts (sAP, Li et al. 2020).
              sightline model eval yolo11n.int8.onnx --data drive.mp4 --streaming --budget 33ms
            """)

    @OptionGroup var model: ModelOptions

    @Option(
        help:
            "A data set: data.yaml, a folder with images and labels or masks; with --float any folder of pictures for road networks."
    )
    var data: String

    @Option(name: .customLong("float"), help: ArgumentHelp("The float network to compare with.", valueName: "model"))
    var floatModel: String?

    @Option(help: "The part of the data set: train, val or test.")
    var split = "val"

    @Option(
        help: ArgumentHelp(
            "Classes to judge as one; once for each group.", valueName: "name=class,class"))
    var merge: [String] = []

    @Option(help: "Labels in the masks that are road, separated by commas.")
    var roadLabels: String?

    @Option(help: "Labels in the masks that do not count, separated by commas.")
    var voidLabels = ""

    @Flag(help: "Replay a drive at its own speed and judge each moment by what was published by then.")
    var streaming = false

    @Option(help: ArgumentHelp("The drive's truth; without it the drive's name with .truth.jsonl.", valueName: "file"))
    var truth: String?

    @Option(help: "With --streaming: latency budget, such as 33ms.")
    var budget: String?

    @Option(help: "The layout of the outputs, where the file does not tell.")
    var head: String?

    @Option(help: "Threads; without it one per processor.")
    var threads: Int?

    @Flag(help: "One JSON object.")
    var json = false

    func validate() throws {
        if !streaming && (truth != nil || budget != nil) {
            throw ValidationError("--truth and --budget belong to --streaming")
        }
        if let budget, DurationText.nanoseconds(budget).map({ Configuration.budgetRange.contains($0) }) != true {
            throw ValidationError("--budget is a duration from 1ms to 10s, such as 33ms")
        }
    }

    func run() throws {
        if streaming { return try evaluateStreaming() }
        let shapes = try model.inputShapes()
        let loaded = try LoadedModel(path: model.model, inputShapes: shapes, head: head)
        let original = try floatModel.map { try LoadedModel(path: $0, inputShapes: shapes, head: head) }
        if loaded.recognized.detection != nil {
            try evaluateDetection(loaded, original)
        } else {
            try evaluateRoad(loaded, original)
        }
    }

    private func part() throws -> DatasetSplit {
        guard let part = DatasetSplit.allCases.first(where: { $0.folderNames.contains(split) }) else {
            throw CommandFailure.wrongUse("--split \(split): expected train, val or test")
        }
        return part
    }

    // MARK: - Detection

    private func evaluateDetection(_ loaded: LoadedModel, _ original: LoadedModel?) throws {
        let dataset = try DetectionDataset(contentsOf: data, split: try part())
        for remark in dataset.remarks { printError(remark) }
        let groups = try merge.map(group)
        let progress = ProgressLine()
        func evaluate(_ model: LoadedModel) throws -> DetectionEvaluation {
            try DetectionEvaluation(model, dataset: dataset, groups: groups, threads: threads) {
                progress.show("\(model.name): \($0)/\($1) pictures")
            }
        }
        let result = try evaluate(loaded)
        let reference = try original.map(evaluate)
        progress.clear()
        let difference = try reference.map { try PairedBootstrap(of: $0.precision, minus: result.precision) }
        guard json else {
            print("\(loaded.path) on \(dataset.items.count) pictures")
            print(result.text.joined(separator: "\n"))
            if let reference, let difference {
                print(
                    "\(floatModel ?? ""): AP50-95 \(points(reference.result.map50To95)), AP50 \(points(reference.result.map50))"
                )
                print(
                    "loss \(points(difference.difference)) points of AP50-95, 95 % interval "
                        + "\(points(difference.low)) to \(points(difference.high))")
            }
            return
        }
        var members: [JSONValue.Member] = [.init("images", .signed(Int64(dataset.items.count)))]
        members += result.json
        if let reference, let difference {
            members.append(.init("int8", .object(result.json)))
            members.append(.init("float", .object(reference.json)))
            members.append(.init("loss_map50_95", .number(difference.difference)))
            members.append(.init("loss_interval", .array([.number(difference.low), .number(difference.high)])))
        }
        print(JSONValue.object(members).text)
    }

    private func points(_ value: Double?) -> String { value.map { fixedDecimal($0 * 100, digits: 2) } ?? "-" }

    private func group(_ text: String) throws -> ClassMapping.Group {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else {
            throw CommandFailure.wrongUse("--merge \(text): expected name=class,class")
        }
        return (String(parts[0]), parts[1].split(separator: ",").map(String.init))
    }

    // MARK: - Streaming

    private func evaluateStreaming() throws {
        var configuration = Configuration()
        var network = NetworkConfiguration(model: model.model)
        network.head = head
        // Weak claims count for average precision.
        network.confidence = 0.01
        network.overlap = 0.7
        configuration.detection = network
        configuration.threads = threads
        configuration.budget = budget.flatMap { DurationText.nanoseconds($0) }
        let base =
            data.split(separator: "/").last?.contains(".") == true
            ? data.split(separator: ".", omittingEmptySubsequences: false).dropLast().joined(separator: ".") : data
        let truth = try DriveTruth(contentsOf: truth ?? base + ".truth.jsonl")
        let progress = ProgressLine()
        let result = try StreamingEvaluation(
            configuration, drive: data, truth: truth,
            groups: merge.isEmpty ? ClassMapping.road : try merge.map(group),
            grant: RealTimeGrant(RealTimeOptions())
        ) { progress.show("\($1 ? "offline" : "streaming"): \($0)/\(truth.frames.count) frames") }
        progress.clear()
        print(json ? result.json.text : result.text.joined(separator: "\n"))
    }

    // MARK: - Road

    private func evaluateRoad(_ loaded: LoadedModel, _ original: LoadedModel?) throws {
        let progress = ProgressLine()
        let count: Int
        let result: RoadEvaluation
        if let original, roadLabels == nil {
            let pictures = try PictureList(folder: data).paths
            count = pictures.count
            result = try RoadEvaluation(loaded, against: original, pictures: pictures, threads: threads) {
                progress.show("\(loaded.name): \($0)/\($1) pictures")
            }
        } else {
            let dataset = try MaskDataset(contentsOf: data, split: try part())
            count = dataset.items.count
            result = try truthEvaluation(loaded, dataset, progress)
            if let original {
                let reference = try truthEvaluation(original, dataset, progress)
                progress.clear()
                return show(result, count: count, reference: reference)
            }
        }
        progress.clear()
        show(result, count: count, reference: nil)
    }

    private func truthEvaluation(
        _ model: LoadedModel, _ dataset: MaskDataset, _ progress: ProgressLine
    ) throws -> RoadEvaluation {
        guard let roadLabels else {
            throw CommandFailure.wrongUse("say which labels of the masks are road: --road-labels 3")
        }
        return try RoadEvaluation(
            model, dataset: dataset, roadLabels: Set(try labels(roadLabels)), voidLabels: try labels(voidLabels),
            threads: threads
        ) { progress.show("\(model.name): \($0)/\($1) pictures") }
    }

    private func labels(_ text: String) throws -> [UInt8] {
        try text.split(separator: ",").map { part in
            guard let label = UInt8(part) else {
                throw CommandFailure.wrongUse("\"\(part)\" is no label: expected numbers from 0 to 255")
            }
            return label
        }
    }

    private func show(_ result: RoadEvaluation, count: Int, reference: RoadEvaluation?) {
        guard json else {
            print("\(model.model) on \(count) pictures")
            print(result.text.joined(separator: "\n"))
            if let reference { print(reference.text.map { $0 + " (float)" }.joined(separator: "\n")) }
            return
        }
        var members: [JSONValue.Member] = [.init("images", .signed(Int64(count)))] + result.json
        if let reference {
            members.append(.init("int8", .object(result.json)))
            members.append(.init("float", .object(reference.json)))
        }
        print(JSONValue.object(members).text)
    }
}
