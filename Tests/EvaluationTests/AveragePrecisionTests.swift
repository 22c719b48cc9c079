import Evaluation
import Foundation
import TestSupport
import Testing

@Suite("Average precision")
struct AveragePrecisionTests {
    private func compare(_ data: Data) throws {
        let cases = try ReferenceCase.cases(data)
        #expect(!cases.isEmpty)
        for reference in cases {
            let result = try AveragePrecision(reference.evaluationImages).result()
            let found = [
                result.map50To95, result.map50, result.map75, result.small, result.medium, result.large,
                result.recall1, result.recall10, result.recall100, result.recallSmall, result.recallMedium,
                result.recallLarge,
            ]
            for (index, expected) in reference.expected.stats.enumerated() {
                // pycocotools says -1 where there is nothing to find.
                #expect(abs((found[index] ?? -1) - expected) < 1e-9, "case \(reference.seed), figure \(index)")
            }
            #expect(result.perClass.count == reference.expected.perClass.count)
            for (found, expected) in zip(result.perClass, reference.expected.perClass) {
                #expect(Double(found.classIndex) == expected[0])
                #expect(abs((found.map50To95 ?? -1) - expected[1]) < 1e-9, "case \(reference.seed), \(expected)")
                #expect(abs((found.map50 ?? -1) - expected[2]) < 1e-9, "case \(reference.seed), \(expected)")
            }
        }
    }

    @Test("equals the figures of pycocotools on recorded cases")
    func recordedCases() throws {
        try compare(Data(contentsOf: URL(fileURLWithPath: PythonScript.path("Fixtures/average_precision.json"))))
    }

    @Test(
        "equals the figures of pycocotools on fresh cases",
        .enabled(if: PythonScript.isAvailable, Comment(rawValue: PythonScript.absence)))
    func freshCases() throws {
        try compare(
            PythonScript.run(
                PythonScript.path("Fixtures/average_precision_reference.py"),
                [String(Int.random(in: 1000..<1_000_000)), "25", "16"]))
    }

    private func truth(_ x: Double, _ label: Int = 0) -> EvaluationImage.Truth {
        .init(box: EvaluationBox(x: x, y: 0, width: 50, height: 50), classIndex: label)
    }

    private func claim(_ x: Double, _ score: Double, _ label: Int = 0) -> EvaluationImage.Claim {
        .init(box: EvaluationBox(x: x, y: 0, width: 50, height: 50), score: score, classIndex: label)
    }

    @Test("all found is 1, nothing found is 0, nothing to find is no figure")
    func extremes() throws {
        let found = EvaluationImage(truths: [truth(0), truth(100)], claims: [claim(0, 0.9), claim(100, 0.4)])
        #expect(try AveragePrecision([found]).result().map50To95 == 1)
        #expect(try AveragePrecision([EvaluationImage(truths: [truth(0)])]).result().map50To95 == 0)
        let nothing = try AveragePrecision([EvaluationImage(claims: [claim(0, 0.9)])]).result()
        #expect(nothing.map50To95 == nil && nothing.perClass.map(\.truthCount) == [0])
        #expect(try AveragePrecision([]).result().map50 == nil)
    }

    @Test("a wrong claim above the right one halves the figure, below it costs nothing")
    func order() throws {
        let above = EvaluationImage(truths: [truth(0)], claims: [claim(200, 0.9), claim(0, 0.8)])
        #expect(abs(try #require(try AveragePrecision([above]).result().map50) - 0.5) < 1e-12)
        let below = EvaluationImage(truths: [truth(0)], claims: [claim(200, 0.7), claim(0, 0.8)])
        #expect(abs(try #require(try AveragePrecision([below]).result().map50) - 1) < 1e-12)
    }

    @Test("boxes and scores that are not finite are refused")
    func notFinite() {
        for claim in [claim(.nan, 0.5), claim(0, .infinity)] {
            #expect(throws: EvaluationError.self) { try AveragePrecision([EvaluationImage(claims: [claim])]) }
        }
    }

    @Test("a selection of pictures is judged as these pictures would be")
    func selections() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: PythonScript.path("Fixtures/average_precision.json")))
        let images = try ReferenceCase.cases(data).flatMap(\.evaluationImages)
        let all = try AveragePrecision(images)
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<10 {
            var counts = [Int](repeating: 0, count: images.count)
            for _ in images { counts[Int.random(in: counts.indices, using: &generator)] += 1 }
            let selected = zip(images, counts).flatMap { Array(repeating: $0, count: $1) }
            let expected = try #require(try AveragePrecision(selected).result().map50To95)
            #expect(abs(try #require(all.value(images: counts)) - expected) < 1e-12)
        }
    }

    @Test("the interval of a difference holds zero for one network against itself, and not for a much worse one")
    func bootstrap() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: PythonScript.path("Fixtures/average_precision.json")))
        let images = try ReferenceCase.cases(data).flatMap(\.evaluationImages)
        let good = try AveragePrecision(images)
        let same = try PairedBootstrap(of: good, minus: good)
        #expect(same.difference == 0 && same.low == 0 && same.high == 0)
        let worse = try AveragePrecision(
            images.map { image in
                var image = image
                for index in image.claims.indices {
                    image.claims[index].box.x += image.claims[index].box.width * 0.2
                }
                return image
            })
        let interval = try PairedBootstrap(of: good, minus: worse, seed: 7)
        #expect(interval.low > 0 && interval.low < interval.high && interval.difference > 0)
        #expect(try PairedBootstrap(of: good, minus: worse, seed: 7) == interval)
        #expect(throws: EvaluationError.self) {
            try PairedBootstrap(of: good, minus: AveragePrecision(Array(images.dropLast())))
        }
    }
}
