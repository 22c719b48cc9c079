import Perception
import Testing

@Suite("Decoding of YOLO (v8, 11) outputs")
struct YoloDecodingTests {
    /// Boxes in clusters, so that suppression has work, and mostly low scores.
    private func randomOutput(classCount: Int, anchors: Int, seed: UInt64) -> [Float] {
        var random = RandomNumbers(seed: seed)
        var output = [Float](repeating: 0, count: (4 + classCount) * anchors)
        for anchor in 0..<anchors {
            let cluster = Float(anchor % 17)
            output[anchor] = 40 + cluster * 33 + random.float(-4...4)
            output[anchors + anchor] = 300 + cluster * 7 + random.float(-4...4)
            output[2 * anchors + anchor] = random.float(20...80)
            output[3 * anchors + anchor] = random.float(20...80)
            for label in 0..<classCount {
                let score = random.float(0...1)
                output[(4 + label) * anchors + anchor] = score * score * score * score
            }
        }
        return output
    }

    private func head(classCount: Int, anchors: Int) -> DetectionHead {
        DetectionHead(
            layout: .channelMajor, output: "output0", classCount: classCount, candidateCount: anchors,
            inputWidth: 640, inputHeight: 640)
    }

    @Test("agrees with plain decoding, whatever the number of anchors and classes", arguments: 1...12)
    func agreesWithPlainDecoding(seed: UInt64) throws {
        var random = RandomNumbers(seed: seed)
        let classCount = Int.random(in: 1...11, using: &random)
        let anchors = Int.random(in: 1...1500, using: &random)
        let output = randomOutput(classCount: classCount, anchors: anchors, seed: seed)
        for isMultiLabel in [false, true] {
            for isClassAware in [false, true] {
                let options = DetectionOptions(
                    confidence: 0.3, overlap: 0.5, maximumDetections: 120, isClassAware: isClassAware,
                    isMultiLabel: isMultiLabel)
                let expected = PlainDecoding.suppress(
                    PlainDecoding.channelMajor(
                        output, classCount: classCount, anchors: anchors, confidence: 0.3,
                        isMultiLabel: isMultiLabel), overlap: 0.5, isClassAware: isClassAware, limit: 120)
                let found = try decode(head(classCount: classCount, anchors: anchors), [output], options: options)
                #expect(found == expected)
                #expect(!found.isEmpty || expected.isEmpty)
            }
        }
    }

    @Test("of more candidates than may stay, exactly the best stay", arguments: [1, 7, 100, 399])
    func capKeepsTheBest(cap: Int) throws {
        let output = randomOutput(classCount: 5, anchors: 700, seed: 99)
        let options = DetectionOptions(
            confidence: 0.001, overlap: 1, maximumDetections: 5000, isMultiLabel: true, maximumCandidates: cap)
        let expected = PlainDecoding.suppress(
            PlainDecoding.channelMajor(output, classCount: 5, anchors: 700, confidence: 0.001, isMultiLabel: true),
            overlap: 1, limit: 5000, cap: cap)
        #expect(expected.count == cap)
        #expect(try decode(head(classCount: 5, anchors: 700), [output], options: options) == expected)
    }

    @Test("equal scores stay in the order of their anchors")
    func equalScores() throws {
        var output = [Float](repeating: 0, count: 5 * 200)
        for anchor in 0..<200 {
            output[anchor] = Float(anchor) * 3
            output[400 + anchor] = 1
            output[600 + anchor] = 1
            output[800 + anchor] = 0.5
        }
        let found = try decode(head(classCount: 1, anchors: 200), [output])
        #expect(found.map(\.candidateIndex) == Array(0..<200))
    }

    @Test("NaN scores and boxes that are not finite are passed over")
    func notFinite() throws {
        var output = randomOutput(classCount: 2, anchors: 40, seed: 5)
        for anchor in 0..<40 {
            output[160 + anchor] = 0.9
            output[200 + anchor] = 0.1
        }
        for anchor in 0..<10 { output[160 + anchor] = .nan }
        for anchor in 10..<20 { output[anchor] = .infinity }
        for anchor in 20..<30 { output[120 + anchor] = .nan }
        let found = try decode(head(classCount: 2, anchors: 40), [output], options: DetectionOptions(overlap: 1))
        #expect(Set(found.map(\.candidateIndex)) == Set(30..<40))
    }

    @Test("an output of the wrong size is refused by name")
    func wrongSize() {
        #expect(throws: PerceptionError.outputMismatch(name: "output0", expected: 600, actual: 599)) {
            try decode(head(classCount: 2, anchors: 100), [[Float](repeating: 0, count: 599)])
        }
        #expect(throws: PerceptionError.outputMismatch(name: "output0", expected: 600, actual: 0)) {
            try decode(head(classCount: 2, anchors: 100), [])
        }
    }

    @Test("options outside their range are refused")
    func wrongOptions() {
        for options in [
            DetectionOptions(confidence: 1), DetectionOptions(confidence: .nan), DetectionOptions(overlap: 1.5),
            DetectionOptions(maximumDetections: 0), DetectionOptions(maximumCandidates: -1),
        ] {
            #expect(throws: PerceptionError.self) { try decode(head(classCount: 1, anchors: 4), [], options: options) }
        }
    }

    @Test("heads with absurd counts are refused before anything is allocated")
    func absurdHeads() {
        for (classes, anchors) in [
            (0, 100), (-1, 100), (80, 0), (80, -5), (80, Int.max), (70_000, 10), (60_000, 1 << 20),
        ] {
            #expect(throws: PerceptionError.self) {
                _ = try DetectionDecoder(head(classCount: classes, anchors: anchors))
            }
        }
    }

    @Test("boxes move to the captured frame and are cut at its edges")
    func mapping() {
        var list = DetectionList(capacity: 1)
        list.append(Detection(box: BoundingBox(x1: 70, y1: 10, x2: 200, y2: 70), score: 1, classIndex: 0))
        list.move(to: FrameMapping(letterboxScale: 0.5, left: 80, top: 0, frameWidth: 810, frameHeight: 100))
        #expect(list[0].box == BoundingBox(x1: 0, y1: 20, x2: 240, y2: 100))
    }
}
