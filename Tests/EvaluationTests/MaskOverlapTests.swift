import Evaluation
import Perception
import TestSupport
import Testing

@Suite("Overlap of masks")
struct MaskOverlapTests {
    @Test("agrees with counting set by set, over several pictures, void left out")
    func plainCounting() throws {
        var generator = SeededGenerator(seed: 3)
        var overlap = try MaskOverlap(classCount: 5, voidLabels: [4, 255])
        var truths: [UInt8] = []
        var predictions: [UInt8] = []
        for _ in 0..<4 {
            let truth = (0..<500).map { _ in [0, 1, 2, 3, 4, 255].randomElement(using: &generator) ?? 0 }.map(
                UInt8.init)
            let prediction = truth.map { UInt8.random(in: 0..<4, using: &generator) < 3 && $0 < 3 ? $0 : 0 }
            try overlap.add(prediction: prediction, truth: truth)
            truths += truth
            predictions += prediction
        }
        let valid = truths.indices.filter { truths[$0] < 4 }
        for label in 0..<4 {
            let both = valid.count { truths[$0] == label && predictions[$0] == label }
            let either = valid.count { truths[$0] == label || predictions[$0] == label }
            #expect(overlap.intersectionOverUnion(ofClass: label) == Double(both) / Double(either))
        }
        #expect(overlap.perClass[4] == nil)
        let figures = overlap.perClass.compactMap { $0 }
        #expect(overlap.mean == figures.reduce(0, +) / 4)
        let right = valid.count { truths[$0] == predictions[$0] }
        #expect(overlap.accuracy == Double(right) / Double(valid.count))
    }

    @Test("masks of different size, and labels that are no class, are refused and not counted")
    func mismatch() throws {
        var overlap = try MaskOverlap(classCount: 2)
        #expect(throws: EvaluationError.self) { try overlap.add(prediction: [0, 1], truth: [0]) }
        #expect(throws: EvaluationError.self) { try overlap.add(prediction: [1, 1], truth: [1, 2]) }
        #expect(throws: EvaluationError.self) { try overlap.add(prediction: [1, 2], truth: [1, 1]) }
        #expect(overlap.mean == nil && overlap.accuracy == nil)
        #expect(throws: EvaluationError.self) { try MaskOverlap(classCount: 257) }
    }

    @Test("the picture's part of a letterboxed mask is brought to the picture's size")
    func sampling() throws {
        // Four columns of content, two of padding on each side; labels count the columns.
        let mask = (0..<3).flatMap { _ in (0..<8).map { UInt8($0) } }
        let result = try mask.withUnsafeBufferPointer { mask throws(EvaluationError) in
            try MaskSampling.nearest(
                mask, maskWidth: 8, content: PixelRectangle(x: 2, y: 0, width: 4, height: 3), width: 8, height: 1)
        }
        #expect(result == [2, 2, 3, 3, 4, 4, 5, 5])
        #expect(MaskSampling.translated([3, 4, 11], by: [3: 1, 11: 255], other: 0) == [1, 0, 255])
        #expect(throws: EvaluationError.self) {
            try mask.withUnsafeBufferPointer { mask throws(EvaluationError) in
                try MaskSampling.nearest(
                    mask, maskWidth: 8, content: PixelRectangle(x: 6, y: 0, width: 4, height: 3), width: 8, height: 1)
            }
        }
    }
}
