import Foundation
import Perception
import TestSupport
import Testing

@Suite("Decoding of the other layouts")
struct LayoutDecodingTests {
    private static let scales = [
        DetectionHead.Scale(stride: 8, gridWidth: 12, gridHeight: 8),
        DetectionHead.Scale(stride: 16, gridWidth: 6, gridHeight: 4),
        DetectionHead.Scale(stride: 32, gridWidth: 3, gridHeight: 2),
    ]

    private static let anchors = 12 * 8 + 6 * 4 + 3 * 2

    /// Column, row and stride of every anchor, in order.
    private static let cells: [(column: Int, row: Int, stride: Int)] = scales.flatMap { scale in
        (0..<scale.gridHeight).flatMap { row in
            (0..<scale.gridWidth).map { (column: $0, row: row, stride: scale.stride) }
        }
    }

    private func head(_ layout: DetectionHead.Layout, classCount: Int, anchors: Int = anchors) -> DetectionHead {
        DetectionHead(
            layout: layout, output: "out", classCount: classCount, candidateCount: anchors, inputWidth: 96,
            inputHeight: 64, scales: Self.scales)
    }

    private func rows(classCount: Int, count: Int, seed: UInt64, isOffset: Bool) -> [[Float]] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            let box =
                isOffset
                ? [random.float(-1...1), random.float(-1...1), random.float(-1...2), random.float(-1...2)]
                : [random.float(0...96), random.float(0...64), random.float(8...60), random.float(8...60)]
            return box + [random.float(0...1)] + (0..<classCount).map { _ in random.float(0...1) }
        }
    }

    @Test("YOLOv5: the score is objectness times class score", arguments: [1, 3, 20], [false, true])
    func yolov5(classCount: Int, isMultiLabel: Bool) throws {
        let rows = rows(classCount: classCount, count: 378, seed: UInt64(classCount), isOffset: false)
        let candidates = rows.enumerated().flatMap { anchor, row in
            let scores = row[5...].map { $0 * row[4] }
            return PlainDecoding.labels(scores, confidence: 0.4, isMultiLabel: isMultiLabel).map {
                PlainDecoding.Candidate(
                    box: BoundingBox(centerX: row[0], centerY: row[1], width: row[2], height: row[3]),
                    score: scores[$0], label: $0, anchor: anchor)
            }
        }
        let found = try decode(
            head(.anchorMajor, classCount: classCount, anchors: 378), [rows.flatMap { $0 }],
            options: DetectionOptions(confidence: 0.4, overlap: 0.45, isMultiLabel: isMultiLabel))
        #expect(!found.isEmpty)
        #expect(found == PlainDecoding.suppress(candidates, overlap: 0.45))
    }

    @Test("YOLOX: offsets count in cells of their grid, sizes are exponentials of it")
    func yolox() throws {
        let rows = rows(classCount: 4, count: Self.anchors, seed: 11, isOffset: true)
        let candidates = zip(rows, Self.cells).enumerated().flatMap { anchor, pair in
            let (row, cell) = pair
            let scores = row[5...].map { $0 * row[4] }
            let stride = Float(cell.stride)
            return PlainDecoding.labels(scores, confidence: 0.3, isMultiLabel: false).map {
                PlainDecoding.Candidate(
                    box: BoundingBox(
                        centerX: (row[0] + Float(cell.column)) * stride, centerY: (row[1] + Float(cell.row)) * stride,
                        width: exp(row[2]) * stride, height: exp(row[3]) * stride), score: scores[$0], label: $0,
                    anchor: anchor)
            }
        }
        let found = try decode(
            head(.grid, classCount: 4), [rows.flatMap { $0 }], options: DetectionOptions(confidence: 0.3, overlap: 0.5))
        #expect(found.count > 10)
        #expect(found == PlainDecoding.suppress(candidates, overlap: 0.5))
    }

    @Test("final boxes: no suppression, padding and impossible classes are passed over")
    func endToEnd() throws {
        var head = head(.endToEnd, classCount: 3, anchors: 6)
        let rows: [[Float]] = [
            [10, 10, 20, 20, 0.9, 2], [10, 10, 20, 20, 0.95, 2], [1, 2, 3, 4, 0.2, 0], [5, 5, 6, 6, 0.8, 3],
            [5, 5, 6, 6, 0.8, -1], [0, 0, 0, 0, 0, 0],
        ]
        let expected = [
            Detection(box: BoundingBox(x1: 10, y1: 10, x2: 20, y2: 20), score: 0.95, classIndex: 2, candidateIndex: 1),
            Detection(box: BoundingBox(x1: 10, y1: 10, x2: 20, y2: 20), score: 0.9, classIndex: 2, candidateIndex: 0),
        ]
        #expect(try decode(head, [rows.flatMap { $0 }]) == expected)
        #expect(try decode(head, [rows.flatMap { $0 }], options: .evaluation).count == 3)
        head.classCount = 0
        #expect(try decode(head, [rows.flatMap { $0 }]).count == 3)
    }

    // MARK: - Undecoded heads

    private struct Undecoded {
        var head: DetectionHead
        var outputs: [[Float]]
        /// The decoded output (1, 4+classes, anchors), computed in double precision.
        var full: [Float]
    }

    private func undecoded(classCount: Int, bins: Int, seed: UInt64, isPacked: Bool) -> Undecoded {
        var random = SeededGenerator(seed: seed)
        var head = head(.distributions, classCount: classCount)
        head.binCount = bins
        var outputs: [[Float]] = []
        var full = [Float](repeating: 0, count: (4 + classCount) * Self.anchors)
        var first = 0
        for index in head.scales.indices {
            head.scales[index].boxes = "boxes\(index)"
            head.scales[index].classes = "classes\(index)"
            let cells = head.scales[index].cellCount
            var boxes = [Float](repeating: 0, count: 4 * bins * cells)
            var classes = [Float](repeating: 0, count: classCount * cells)
            for cell in 0..<cells {
                let anchor = first + cell
                let place = Self.cells[anchor]
                let distances = (0..<4).map { edge in
                    let logits = (0..<bins).map { bin in
                        random.float(-3...3) + (bin < 5 ? 3 : 0)
                    }
                    for (bin, logit) in logits.enumerated() {
                        let channel = edge * bins + bin
                        boxes[isPacked ? cell * 4 * bins + channel : channel * cells + cell] = logit
                    }
                    let weights = logits.map { exp(Double($0)) }
                    return zip(0..., weights).reduce(0) { $0 + Double($1.0) * $1.1 } / weights.reduce(0, +)
                }
                let (x, y, stride) = (Double(place.column) + 0.5, Double(place.row) + 0.5, Double(place.stride))
                let edges = [x - distances[0], y - distances[1], x + distances[2], y + distances[3]].map { $0 * stride }
                full[anchor] = Float((edges[0] + edges[2]) / 2)
                full[Self.anchors + anchor] = Float((edges[1] + edges[3]) / 2)
                full[2 * Self.anchors + anchor] = Float(edges[2] - edges[0])
                full[3 * Self.anchors + anchor] = Float(edges[3] - edges[1])
                for label in 0..<classCount {
                    let logit = random.float(-8...2)
                    classes[isPacked ? cell * classCount + label : label * cells + cell] = logit
                    full[(4 + label) * Self.anchors + anchor] = Float(1 / (1 + exp(-Double(logit))))
                }
            }
            outputs += [boxes, classes]
            first += cells
        }
        return Undecoded(head: head, outputs: outputs, full: full)
    }

    @Test("undecoded heads give the boxes of the decoded output", arguments: [1, 6, 80], [false, true])
    func undecodedHeads(classCount: Int, isPacked: Bool) throws {
        let case0 = undecoded(classCount: classCount, bins: 16, seed: 21, isPacked: isPacked)
        for isMultiLabel in [false, true] {
            var options = DetectionOptions(confidence: 0.2, overlap: 0.6, isMultiLabel: isMultiLabel)
            let expected = try decode(head(.channelMajor, classCount: classCount), [case0.full], options: options)
            options.tensorLayout = isPacked ? .channelsLast : .channelsFirst
            let found = try decode(case0.head, case0.outputs, options: options)
            #expect(found.count == expected.count && found.count > 5)
            for (left, right) in zip(found, expected) {
                #expect(left.classIndex == right.classIndex && left.candidateIndex == right.candidateIndex)
                #expect(abs(left.score - right.score) < 1e-6)
                #expect(abs(left.box.x1 - right.box.x1) < 1e-3 && abs(left.box.y1 - right.box.y1) < 1e-3)
                #expect(abs(left.box.x2 - right.box.x2) < 1e-3 && abs(left.box.y2 - right.box.y2) < 1e-3)
            }
        }
    }

    @Test("a grid that does not fit the number of anchors is refused")
    func wrongGrid() {
        var wrong = head(.grid, classCount: 2)
        wrong.scales.removeLast()
        #expect(throws: PerceptionError.self) { _ = try DetectionDecoder(wrong) }
        wrong = head(.distributions, classCount: 2)
        #expect(throws: PerceptionError.invalidHead(detail: "distributions of 0 bins")) {
            _ = try DetectionDecoder(wrong)
        }
    }
}
