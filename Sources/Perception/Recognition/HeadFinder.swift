import ONNX
import Tensors

/// Sorts a network's outputs into heads.
struct HeadFinder {
    let recognizer: HeadRecognizer
    let outputs: [OutputShape]
    let inputSize: (width: Int, height: Int)
    let kind: HeadKind?

    /// Sets of strides that networks of these families have.
    static let strideSets = [[8, 16, 32], [8, 16, 32, 64], [4, 8, 16, 32], [16, 32]]

    /// The heads, and the family that decides the input convention.
    func find() throws(PerceptionError) -> (heads: [NetworkHead], family: HeadKind) {
        var heads: [NetworkHead] = []
        var family = HeadKind.semantic
        var maps = outputs.filter { $0.dimensions.count == 4 && $0.dimensions[0] == 1 }
        let rows = outputs.filter { $0.dimensions.count == 3 && $0.dimensions[0] == 1 }

        if kind != .semantic, kind != .road, let (head, found) = try detection(rows, maps: maps) {
            heads.append(.detection(head))
            family = found
            maps.removeAll { $0.name == head.prototypes?.output }
        }
        let isBoxes = kind.map { $0 != .semantic && $0 != .road } ?? false
        if !isBoxes, kind != .semantic, let road = roadPair(maps) {
            heads.append(.road(road))
            if heads.count == 1 { family = .road }
            maps.removeAll { road.outputNames.contains($0.name) }
        }
        if !isBoxes, kind != .road {
            if heads.isEmpty { heads += rows.compactMap { classMap($0) }.map(NetworkHead.segmentation) }
            heads += maps.compactMap { scoreMap($0) }.map(NetworkHead.segmentation)
        }
        guard !heads.isEmpty else { throw unsupported() }
        return (heads, family)
    }

    private func unsupported() -> PerceptionError {
        let detail = kind.map { "the outputs are not '\($0.rawValue)' as the configuration says" }
        return .unsupportedHead(seen: recognizer.seen(outputs), detail: detail ?? "no known layout fits")
    }

    // MARK: - Boxes

    /// A layout that fits the shape of an output.
    private struct Fit {
        var head: DetectionHead
        var kind: HeadKind
    }

    private func detection(
        _ rows: [OutputShape], maps: [OutputShape]
    ) throws(PerceptionError) -> (DetectionHead, HeadKind)? {
        // Old YOLOv5 exports also give their undecoded maps of rank 5; those are not needed.
        for output in rows where !output.isInteger {
            if kind == nil, isQueryHead(output) {
                throw .unsupportedHead(
                    seen: recognizer.seen(outputs),
                    detail: "these are RT-DETR's queries (boxes as shares of the picture, then class scores), "
                        + "which are not decoded here; export a YOLO network")
            }
            let fits = fits(output, maps: maps)
            guard let fit = fits.first else { continue }
            guard fits.count == 1 else {
                throw .ambiguousHead(
                    seen: recognizer.seen(outputs), candidates: fits.map(\.kind.rawValue).sorted())
            }
            return (fit.head, fit.kind)
        }
        return nil
    }

    /// Whether an output joins sigmoids of boxes and of class scores, as DETR's relatives do: with two classes it has the
    /// shape of final boxes.
    private func isQueryHead(_ output: OutputShape) -> Bool {
        guard output.dimensions[1] <= 1000, output.dimensions[2] >= 5 else { return false }
        let joining: Set = ["Concat", "Identity", "Cast", "Squeeze", "Unsqueeze", "Reshape", "Slice", "Gather"]
        let index = recognizer.index
        return index.reaches("Sigmoid", from: output.name, through: joining)
            && !index.reaches("TopK", from: output.name, through: joining)
            && strides(anchors: output.dimensions[1], perCell: 1) == nil
            && strides(anchors: output.dimensions[1], perCell: 3) == nil
            && strides(anchors: output.dimensions[2], perCell: 1) == nil
    }

    private func fits(_ output: OutputShape, maps: [OutputShape]) -> [Fit] {
        let (first, second) = (output.dimensions[1], output.dimensions[2])
        var fits: [Fit] = []
        if let strides = strides(anchors: second, perCell: 1), let classes = classes(channels: first - 4, maps) {
            fits.append(fit(.channelMajor, .yolo, output, anchors: second, classes, strides: strides))
        }
        if let strides = strides(anchors: first, perCell: 3), let classes = classes(channels: second - 5, maps) {
            fits.append(fit(.anchorMajor, .yolov5, output, anchors: first, classes, strides: strides))
        }
        if let strides = strides(anchors: first, perCell: 1), let classes = classes(channels: second - 5, maps) {
            // Exported with --decode_in_inference, the network takes the exponential of the size itself.
            let isDecoded = recognizer.index.reaches(
                "Exp", from: output.name,
                through: ["Concat", "Mul", "Add", "Reshape", "Transpose", "Slice", "Split", "Identity", "Cast"])
            fits.append(
                fit(isDecoded ? .anchorMajor : .grid, .yolox, output, anchors: first, classes, strides: strides))
        }
        if let prototypes = endToEndPrototypes(columns: second, maps) {
            var head = DetectionHead(
                layout: .endToEnd, output: output.name, classCount: recognizer.hints.names.count,
                candidateCount: first, inputWidth: inputSize.width, inputHeight: inputSize.height)
            head.prototypes = prototypes.first
            fits.append(Fit(head: head, kind: .endToEnd))
        }
        return narrowed(fits)
    }

    /// What the configuration and the file's own words leave of several fits.
    private func narrowed(_ fits: [Fit]) -> [Fit] {
        let hints = recognizer.hints
        var fits = fits.filter { (1...(1 << 24)).contains($0.head.candidateCount) }
        if let kind { return fits.filter { $0.kind == kind } }
        if hints.isEndToEnd == true { return fits.filter { $0.kind == .endToEnd } }
        if fits.count > 1, hints.isEndToEnd == false { fits.removeAll { $0.kind == .endToEnd } }
        // YOLOX files carry no task.
        if fits.count > 1, hints.task != nil { fits.removeAll { $0.kind == .yolox } }
        if fits.count > 1, !hints.names.isEmpty {
            let exact = fits.filter { $0.kind == .endToEnd || $0.head.classCount == hints.names.count }
            if !exact.isEmpty { fits = exact }
        }
        return fits
    }

    private struct Classes {
        var count: Int
        var prototypes: DetectionHead.Prototypes?
    }

    /// How channels beyond the box split into classes and mask coefficients; nil where they cannot.
    private func classes(channels: Int, _ maps: [OutputShape]) -> Classes? {
        guard channels >= 1 else { return nil }
        let names = recognizer.hints.names.count
        for map in maps {
            guard let prototypes = prototypes(map), channels > prototypes.count else { continue }
            let isExact = names > 0 && channels == names + prototypes.count
            let isLikely = names == 0 && (recognizer.hints.task == "segment" || prototypes.count == 32)
            if isExact || isLikely {
                return Classes(count: channels - prototypes.count, prototypes: prototypes)
            }
        }
        guard names == 0 || names == channels || kind != nil else { return nil }
        return Classes(count: channels)
    }

    private func prototypes(_ map: OutputShape) -> DetectionHead.Prototypes? {
        let (count, height, width) = (map.dimensions[1], map.dimensions[2], map.dimensions[3])
        guard !map.isInteger, (4...1024).contains(count), height > 0, width > 0, inputSize.height % height == 0,
            inputSize.height / height == inputSize.width / width, inputSize.width % width == 0
        else { return nil }
        return DetectionHead.Prototypes(output: map.name, count: count, width: width, height: height)
    }

    /// An optional inside an optional: nil where the columns fit no final boxes, an empty one where there are no masks.
    private func endToEndPrototypes(
        columns: Int, _ maps: [OutputShape]
    ) -> [DetectionHead.Prototypes]? {
        if columns == 6 { return [] }
        for map in maps {
            if let prototypes = prototypes(map), columns == 6 + prototypes.count { return [prototypes] }
        }
        return nil
    }

    private func fit(
        _ layout: DetectionHead.Layout, _ kind: HeadKind, _ output: OutputShape, anchors: Int, _ classes: Classes,
        strides: [Int]
    ) -> Fit {
        let scales =
            kind == .yolov5
            ? []
            : strides.map { stride in
                DetectionHead.Scale(
                    stride: stride, gridWidth: inputSize.width / stride, gridHeight: inputSize.height / stride)
            }
        return Fit(
            head: DetectionHead(
                layout: layout, output: output.name, classCount: classes.count, candidateCount: anchors,
                inputWidth: inputSize.width, inputHeight: inputSize.height, scales: scales,
                prototypes: classes.prototypes), kind: kind)
    }

    /// The strides whose grids have so many cells.
    private func strides(anchors: Int, perCell: Int) -> [Int]? {
        Self.strideSets.first { strides in
            let coarsest = strides[strides.count - 1]
            guard inputSize.width % coarsest == 0, inputSize.height % coarsest == 0 else { return false }
            let cells = strides.reduce(0) { $0 + (inputSize.width / $1) * (inputSize.height / $1) }
            return cells * perCell == anchors
        }
    }

    // MARK: - Maps

    /// Two maps of two channels. Their names tell which is which; otherwise the drivable area comes first, as in
    /// TwinLiteNet.
    private func roadPair(_ maps: [OutputShape]) -> RoadHead? {
        let pair = maps.filter { !$0.isInteger && $0.dimensions[1] == 2 }
        guard pair.count == 2, pair[0].dimensions == pair[1].dimensions else { return nil }
        let isLane = pair.map { map in
            ["ll", "lane", "line"].contains { map.name.lowercased().contains($0) }
        }
        let (drivable, lanes) = isLane[0] && !isLane[1] ? (pair[1], pair[0]) : (pair[0], pair[1])
        return RoadHead(
            source: .pair(drivable: drivable.name, lanes: lanes.name), width: pair[0].dimensions[3],
            height: pair[0].dimensions[2], inputWidth: inputSize.width, inputHeight: inputSize.height)
    }

    /// (1, height, width) of class numbers.
    private func classMap(_ output: OutputShape) -> SegmentationHead? {
        let (height, width) = (output.dimensions[1], output.dimensions[2])
        guard isFraction(width: width, height: height) else { return nil }
        let names = segmentationNameCount
        return SegmentationHead(
            source: .classMap, output: output.name, classCount: names > 0 ? names : 256, width: width, height: height,
            inputWidth: inputSize.width, inputHeight: inputSize.height)
    }

    /// (1, classes, height, width) of scores, or (1, 1, height, width).
    private func scoreMap(_ output: OutputShape) -> SegmentationHead? {
        let (channels, height, width) = (output.dimensions[1], output.dimensions[2], output.dimensions[3])
        guard (1...256).contains(channels), isFraction(width: width, height: height) else { return nil }
        var head = SegmentationHead(
            source: .scores, output: output.name, classCount: channels, width: width, height: height,
            inputWidth: inputSize.width, inputHeight: inputSize.height)
        if channels == 1 {
            if output.isInteger {
                head.source = .classMap
                head.classCount = segmentationNameCount > 0 ? segmentationNameCount : 256
            } else {
                let isProbability = recognizer.index.reaches(
                    "Sigmoid", from: output.name, through: ["Identity", "Cast"])
                head.source = .binary(threshold: isProbability ? 0.5 : 0)
                head.classCount = 2
            }
        } else if output.isInteger {
            return nil
        }
        return head
    }

    private var segmentationNameCount: Int {
        let hints = recognizer.hints
        return hints.segmentationNames.isEmpty ? hints.names.count : hints.segmentationNames.count
    }

    /// Whether a map covers the input evenly, at full size or reduced.
    private func isFraction(width: Int, height: Int) -> Bool {
        guard width > 6, height > 6, inputSize.width % width == 0, inputSize.height % height == 0 else { return false }
        return inputSize.width / width == inputSize.height / height && inputSize.width / width <= 32
    }
}
