import Evaluation
import Imaging
import Messages
import Perception

/// Average precision of a detection network on labelled pictures, as pycocotools counts it.
public struct DetectionEvaluation {
    public let precision: AveragePrecision
    public let result: AveragePrecisionResult
    /// The classes that are judged: the network's, or merged ones.
    public let names: ClassNames

    /// Runs a network over a data set.
    ///
    /// - Parameters:
    ///   - groups: classes to merge before judging; empty for the network's own.
    ///   - progress: called with pictures done and pictures in all.
    public init(
        _ model: LoadedModel, dataset: DetectionDataset, groups: [ClassMapping.Group], threads: Int?,
        progress: (Int, Int) -> Void
    ) throws {
        let network = try DetectionNetwork(model, options: .evaluation, threads: threads)
        let mapping = try groups.isEmpty ? nil : ClassMapping(groups, of: network.classNames)
        let truthNames = dataset.names.count > 0 ? dataset.names : network.classNames
        let truthMapping = try groups.isEmpty ? nil : ClassMapping(groups, of: truthNames)
        names = mapping?.names ?? network.classNames
        try Self.check(mapping, network.classNames, of: "the network")
        try Self.check(truthMapping, truthNames, of: "the data")
        let decoder = try JPEGDecoder()
        var picture = ImageBuffer()
        var images: [EvaluationImage] = []
        for (index, item) in dataset.items.enumerated() {
            progress(index, dataset.items.count)
            try ImageFile.read(item.picturePath, into: &picture, using: decoder, output: .rgb)
            try network.prepare(picture.unsafeView)
            try network.infer()
            try network.decode()
            let claims = network.detections.array.map { EvaluationImage.Claim($0) }
            let truths = item.labels.map { $0.truth(pictureWidth: picture.width, pictureHeight: picture.height) }
            images.append(
                EvaluationImage(
                    truths: truthMapping?.truths(truths) ?? truths, claims: mapping?.claims(claims) ?? claims))
        }
        precision = try AveragePrecision(images)
        result = precision.result()
    }

    /// Refuses what could only give a precision of zero.
    private static func check(
        _ mapping: ClassMapping?, _ names: ClassNames, of side: String
    ) throws(EvaluationError) {
        guard let mapping, mapping.indices.isEmpty else { return }
        let known = names.names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", ..." : "")
        throw .mismatch(
            detail: "no class of \(side) (\(known)) belongs to \(mapping.names.names.joined(separator: " or "));"
                + " say which do with --merge")
    }

    public var json: [JSONValue.Member] {
        let classes = result.perClass.map { entry in
            JSONValue.Member(
                names[entry.classIndex],
                .object([
                    .init("objects", .signed(Int64(entry.truthCount))), .init("map50_95", .optional(entry.map50To95)),
                    .init("map50", .optional(entry.map50)),
                ]))
        }
        return [
            .init("map50_95", .optional(result.map50To95)), .init("map50", .optional(result.map50)),
            .init("map_small", .optional(result.small)), .init("map_medium", .optional(result.medium)),
            .init("map_large", .optional(result.large)), .init("per_class", .object(classes)),
        ]
    }

    public var text: [String] {
        var rows = [["AP50-95", "AP50", "objects", "class"]]
        rows.append([percent(result.map50To95), percent(result.map50), "", "all"])
        for entry in result.perClass where entry.truthCount > 0 {
            rows.append([
                percent(entry.map50To95), percent(entry.map50), "\(entry.truthCount)", names[entry.classIndex],
            ])
        }
        return TextTable(rows: rows, rightAligned: 3).lines
    }
}

func percent(_ share: Double?) -> String { share.map { fixedDecimal($0 * 100, digits: 2) } ?? "-" }

extension JSONValue {
    /// A number, or null where there is none.
    static func optional(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
}
