import Evaluation
import Imaging
import Messages
import Perception

/// How far a road network's masks agree with the truth, or with another network's masks.
public struct RoadEvaluation {
    public static let classNames = ["drivable", "lane"]

    /// Intersection over union of ``classNames``, pooled over all pictures, counted in the picture only.
    public let overlaps: [Double?]

    public var mean: Double? {
        let known = overlaps.compactMap { $0 }
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }

    /// Compares the masks of two networks on the same pictures: how faithful an int8 network is to its float one.
    public init(
        _ model: LoadedModel, against other: LoadedModel, pictures: [String], threads: Int?,
        progress: (Int, Int) -> Void
    ) throws {
        let network = try RoadNetwork(model, threads: threads)
        let reference = try RoadNetwork(other, threads: threads)
        var drivable = try MaskOverlap(classCount: 2)
        var lane = try MaskOverlap(classCount: 2)
        var reader = try PictureReader()
        for (index, path) in pictures.enumerated() {
            progress(index, pictures.count)
            let picture = try reader.read(path)
            let found = try network.bits(picture)
            let expected = try reference.bits(picture)
            guard found.count == expected.count else {
                throw RuntimeError.wrongRole(
                    path: other.path, needs: "masks of the same size as \(model.path)'s", found: "others")
            }
            try drivable.add(
                prediction: found.map { $0 & RoadScene.drivableBit != 0 ? 1 : 0 },
                truth: expected.map { $0 & RoadScene.drivableBit != 0 ? 1 : 0 })
            try lane.add(
                prediction: found.map { $0 & RoadScene.laneBit != 0 ? 1 : 0 },
                truth: expected.map { $0 & RoadScene.laneBit != 0 ? 1 : 0 })
        }
        overlaps = [drivable.intersectionOverUnion(ofClass: 1), lane.intersectionOverUnion(ofClass: 1)]
    }

    /// Compares a network's drivable area with masks of labels, at the masks' size.
    ///
    /// - Parameters:
    ///   - roadLabels: labels in the masks that are road.
    ///   - voidLabels: labels that do not count.
    public init(
        _ model: LoadedModel, dataset: MaskDataset, roadLabels: Set<UInt8>, voidLabels: [UInt8], threads: Int?,
        progress: (Int, Int) -> Void
    ) throws {
        let network = try RoadNetwork(model, threads: threads)
        let void: UInt8 = 2
        var overlap = try MaskOverlap(classCount: 2, voidLabels: [void])
        var reader = try PictureReader()
        for (index, item) in dataset.items.enumerated() {
            progress(index, dataset.items.count)
            let labels = try ImageFile.readLabels(item.maskPath)
            let truth = Self.labels(labels.unsafeView).map { label in
                voidLabels.contains(label) ? void : roadLabels.contains(label) ? 1 : 0 as UInt8
            }
            try network.run(try reader.read(item.picturePath))
            let mask = try network.scene.withMask { mask in
                try MaskSampling.nearest(
                    mask, maskWidth: network.scene.width, content: network.scene.content, width: labels.width,
                    height: labels.height)
            }
            try overlap.add(
                prediction: mask.map { $0 & RoadScene.drivableBit != 0 ? 1 : 0 }, truth: truth)
        }
        overlaps = [overlap.intersectionOverUnion(ofClass: 1), nil]
    }

    private static func labels(_ view: ImageView) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(view.width * view.height)
        for row in 0..<view.height {
            result.append(contentsOf: UnsafeBufferPointer(start: view.plane(0).row(row), count: view.width))
        }
        return result
    }

    public var json: [JSONValue.Member] {
        let values = zip(Self.classNames, overlaps).compactMap { name, value in
            value.map { JSONValue.Member(name, .number($0)) }
        }
        return [.init("miou", .optional(mean)), .init("iou", .object(values))]
    }

    public var text: [String] {
        zip(Self.classNames, overlaps).compactMap { name, value in value.map { "\(percent($0))  IoU \(name)" } }
    }
}

/// Reads pictures into memory that is used again.
private struct PictureReader: ~Copyable {
    private let decoder: JPEGDecoder
    private var buffer = ImageBuffer()

    init() throws(ImagingError) {
        decoder = try JPEGDecoder()
    }

    /// The picture, valid until the next one is read.
    mutating func read(_ path: String) throws(ImagingError) -> ImageView {
        try ImageFile.read(path, into: &buffer, using: decoder, output: .rgb)
        return buffer.unsafeView
    }
}

extension RoadNetwork {
    /// Runs everything on one picture.
    fileprivate func run(_ view: ImageView) throws(RuntimeError) {
        try prepare(view)
        try infer()
        try decode()
    }

    /// The mask's bits where it shows the picture.
    fileprivate func bits(_ view: ImageView) throws(RuntimeError) -> [UInt8] {
        try run(view)
        let content = scene.content
        let width = scene.width
        return scene.withMask { mask in
            (content.y..<content.y + content.height).flatMap { row in
                mask[(row * width + content.x)..<(row * width + content.x + content.width)]
            }
        }
    }
}
