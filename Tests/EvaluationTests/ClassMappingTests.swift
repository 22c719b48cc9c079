import Evaluation
import Perception
import Testing

@Suite("Merging of classes")
struct ClassMappingTests {
    private let names = ClassNames(["person", "bicycle", "car", "Garbage_Van", "traffic light", "truck"])

    @Test("classes of a group become one, others go")
    func merging() throws {
        let mapping = try ClassMapping(ClassMapping.road, of: names)
        #expect(mapping.indices == [0: 1, 1: 2, 2: 0, 3: 0, 5: 0])
        let box = EvaluationBox(x: 0, y: 0, width: 4, height: 4)
        let truths = (0..<6).map { EvaluationImage.Truth(box: box, classIndex: $0) }
        #expect(mapping.truths(truths).map(\.classIndex) == [1, 2, 0, 0, 0])
    }

    @Test("an object that was called both car and truck counts once, by the better score")
    func duplicates() throws {
        let mapping = try ClassMapping([("vehicle", ["car", "truck"])], of: names)
        let box = EvaluationBox(x: 0, y: 0, width: 40, height: 40)
        let near = EvaluationBox(x: 2, y: 0, width: 40, height: 40)
        let far = EvaluationBox(x: 30, y: 0, width: 40, height: 40)
        let claims = [
            EvaluationImage.Claim(box: box, score: 0.5, classIndex: 2),
            EvaluationImage.Claim(box: near, score: 0.7, classIndex: 5),
            EvaluationImage.Claim(box: far, score: 0.4, classIndex: 2),
        ]
        #expect(mapping.claims(claims).map(\.score) == [0.7, 0.4])
        #expect(mapping.claims(claims, overlap: nil).map(\.score) == [0.5, 0.7, 0.4])
    }

    @Test("a name in two groups is refused")
    func twoGroups() {
        #expect(throws: EvaluationError.self) {
            try ClassMapping([("vehicle", ["car"]), ("big", ["Car"])], of: names)
        }
    }
}
