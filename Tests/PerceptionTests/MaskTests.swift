import Perception
import TestSupport
import Testing

@Suite("Masks")
struct MaskTests {
    // MARK: - Runs

    @Test("runs give back the mask that they were made from", arguments: 0..<20)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let width = Int.random(in: 1...70, using: &random)
        let height = Int.random(in: 1...30, using: &random)
        var label: UInt8 = 0
        let pixels = (0..<width * height).map { _ in
            if random.float(0...1) < 0.1 { label = UInt8.random(in: 0...3, using: &random) }
            return label
        }
        var mask = RunLengthMask()
        pixels.withUnsafeBufferPointer { mask.encode($0, width: width, height: height) }
        #expect(mask.pixels == pixels)
        #expect(zip(mask.labels, mask.labels.dropFirst()).allSatisfy { $0 != $1 })
        let received = try RunLengthMask(
            width: width, height: height, labels: mask.labels, lengths: mask.lengths)
        #expect(received == mask)
    }

    @Test("runs that do not fill the mask exactly are refused")
    func wrongRuns() {
        for (labels, lengths) in [
            ([UInt8]([0]), [UInt32]([11])), ([0], [13]), ([0, 1], [12]), ([0, 1], [12, 0]), ([1, 1], [6, 6]), ([], []),
            ([0, 1], [UInt32.max, UInt32.max]),
        ] {
            #expect(throws: PerceptionError.self) {
                try RunLengthMask(width: 4, height: 3, labels: labels, lengths: lengths)
            }
        }
        #expect(throws: PerceptionError.self) {
            try RunLengthMask(width: -4, height: -3, labels: [0], lengths: [12])
        }
    }

    // MARK: - Semantic

    private func decode(_ head: SegmentationHead, _ output: [Float]) throws -> [UInt8] {
        var mask = [UInt8](repeating: 77, count: head.width * head.height)
        let decoder = try SegmentationDecoder(head)
        try mask.withUnsafeMutableBufferPointer { mask throws(PerceptionError) in
            try withOutputs([output]) { outputs throws(PerceptionError) in try decoder.decode(outputs, into: mask) }
        }
        return mask
    }

    private func head(_ source: SegmentationHead.Source, classCount: Int) -> SegmentationHead {
        SegmentationHead(
            source: source, output: "o", classCount: classCount, width: 37, height: 11, inputWidth: 37, inputHeight: 11)
    }

    @Test("the greatest score wins, the first of equals", arguments: [1, 2, 3, 19, 256])
    func scores(classCount: Int) throws {
        var random = SeededGenerator(seed: 1)
        let pixels = 37 * 11
        let output = (0..<classCount * pixels).map { _ in Float(Int.random(in: -4...4, using: &random)) }
        let expected = (0..<pixels).map { pixel in
            var best = 0
            for label in 0..<classCount where output[label * pixels + pixel] > output[best * pixels + pixel] {
                best = label
            }
            return UInt8(best)
        }
        #expect(try decode(head(.scores, classCount: classCount), output) == expected)
    }

    @Test("class numbers as they are, what is no class becomes class 0; one score by its threshold")
    func maps() throws {
        let values: [Float] = [0, 1, 5, 18, 19, -1, .nan, .infinity]
        let output = (0..<37 * 11).map { values[$0 % 8] }
        let labels = try decode(head(.classMap, classCount: 19), output)
        #expect(Array(labels[..<8]) == [0, 1, 5, 18, 0, 0, 0, 0])
        let binary = try decode(head(.binary(threshold: 0.5), classCount: 2), output)
        #expect(Array(binary[..<8]) == [0, 1, 1, 1, 1, 0, 0, 1])
        #expect(throws: PerceptionError.self) { try decode(head(.scores, classCount: 2), output) }
    }

    // MARK: - Instances

    private static let prototypes = DetectionHead.Prototypes(output: "p", count: 5, width: 24, height: 16)

    private func instanceHead(_ layout: DetectionHead.Layout, anchors: Int) -> DetectionHead {
        var head = DetectionHead(
            layout: layout, output: "o", classCount: 3, candidateCount: anchors, inputWidth: 96, inputHeight: 64,
            scales: [
                DetectionHead.Scale(
                    stride: 8, gridWidth: 12, gridHeight: 8, boxes: "b", classes: "c", maskCoefficients: "m")
            ], prototypes: Self.prototypes)
        head.binCount = layout == .distributions ? 16 : 0
        return head
    }

    private func plainMask(
        _ prototypes: [Float], _ coefficients: [Float], _ box: BoundingBox
    ) -> Set<Int> {
        var cells: Set<Int> = []
        for y in 0..<16 {
            for x in 0..<24 {
                let isInside =
                    Float(x) >= box.x1 / 4 && Float(x) < box.x2 / 4 && Float(y) >= box.y1 / 4 && Float(y) < box.y2 / 4
                let sum = (0..<5).reduce(0) { $0 + coefficients[$1] * prototypes[$1 * 384 + y * 24 + x] }
                if isInside, sum > 0 { cells.insert(y * 24 + x) }
            }
        }
        return cells
    }

    @Test(
        "masks are prototypes mixed by the detection's coefficients, cut to its box",
        arguments: [DetectionHead.Layout.channelMajor, .anchorMajor, .endToEnd, .distributions])
    func instances(layout: DetectionHead.Layout) throws {
        var random = SeededGenerator(seed: 12)
        let anchors = 96
        let prototypes = (0..<5 * 384).map { _ in random.float(-1...1) }
        let coefficients = (0..<anchors).map { _ in (0..<5).map { _ in random.float(-1...1) } }
        var outputs: [[Float]]
        let head = instanceHead(layout, anchors: anchors)
        switch layout {
        case .channelMajor:
            outputs = [[Float](repeating: 0, count: 7 * anchors)]
            for channel in 0..<5 { outputs[0] += coefficients.map { $0[channel] } }
        case .anchorMajor, .grid:
            outputs = [coefficients.flatMap { [Float](repeating: 0, count: 8) + $0 }]
        case .endToEnd:
            outputs = [coefficients.flatMap { [Float](repeating: 0, count: 6) + $0 }]
        case .distributions:
            outputs = [[Float](repeating: 0, count: 64 * anchors), [Float](repeating: 0, count: 3 * anchors)]
            outputs.append((0..<5).flatMap { channel in coefficients.map { $0[channel] } })
        }
        outputs.append(prototypes)
        var list = DetectionList(capacity: 20)
        for index in 0..<20 {
            let x = random.float(-10...90)
            let y = random.float(-10...60)
            list.append(
                Detection(
                    box: BoundingBox(x1: x, y1: y, x2: x + random.float(0...50), y2: y + random.float(0...40)),
                    score: 1, classIndex: 0, candidateIndex: index * 4))
        }
        var decoder = try InstanceMaskDecoder(head)
        var masks = InstanceMaskList(head, capacity: 20)
        try withOutputs(outputs) { outputs throws(PerceptionError) in
            try decoder.decode(outputs, detections: list, into: &masks)
        }
        #expect(masks.count == 20)
        var total = 0
        for index in 0..<20 {
            var cells: Set<Int> = []
            for cell in 0..<384 where masks.contains(index, x: cell % 24, y: cell / 24) { cells.insert(cell) }
            #expect(cells == plainMask(prototypes, coefficients[index * 4], list[index].box))
            total += cells.count
        }
        #expect(total > 200)
    }

    @Test("a head without prototypes has no masks")
    func noPrototypes() {
        var head = instanceHead(.channelMajor, anchors: 96)
        head.prototypes = nil
        #expect(throws: PerceptionError.invalidHead(detail: "no prototypes to mix masks from")) {
            _ = try InstanceMaskDecoder(head)
        }
    }
}
