import Perception

/// Decoding written as plainly as possible, to check the fast one against.
enum PlainDecoding {
    struct Candidate {
        var box: BoundingBox
        var score: Float
        var label: Int
        var anchor: Int
    }

    /// Sorts by score (equal ones by anchor, then class), keeps the best, suppresses greedily.
    static func suppress(
        _ candidates: [Candidate], overlap: Float, isClassAware: Bool = true, limit: Int = 300, cap: Int = 30_000
    ) -> [Detection] {
        let sorted = candidates.sorted {
            ($1.score, $0.anchor, $0.label) < ($0.score, $1.anchor, $1.label)
        }
        var kept: [Detection] = []
        for candidate in sorted.prefix(cap) where kept.count < limit {
            let isOverlapped = kept.contains {
                (!isClassAware || $0.classIndex == candidate.label)
                    && $0.box.intersectionOverUnion(with: candidate.box) > overlap
            }
            guard !isOverlapped else { continue }
            kept.append(
                Detection(
                    box: candidate.box, score: candidate.score, classIndex: candidate.label,
                    candidateIndex: candidate.anchor))
        }
        return kept
    }

    /// The candidates of an output (1, 4+classes, anchors).
    static func channelMajor(
        _ output: [Float], classCount: Int, anchors: Int, confidence: Float, isMultiLabel: Bool
    ) -> [Candidate] {
        var candidates: [Candidate] = []
        for anchor in 0..<anchors {
            let box = BoundingBox(
                centerX: output[anchor], centerY: output[anchors + anchor], width: output[2 * anchors + anchor],
                height: output[3 * anchors + anchor])
            let scores = (0..<classCount).map { output[(4 + $0) * anchors + anchor] }
            candidates += labels(scores, confidence: confidence, isMultiLabel: isMultiLabel).map {
                Candidate(box: box, score: scores[$0], label: $0, anchor: anchor)
            }
        }
        return candidates
    }

    /// The classes of a candidate that count.
    static func labels(_ scores: [Float], confidence: Float, isMultiLabel: Bool) -> [Int] {
        if isMultiLabel { return scores.indices.filter { scores[$0] > confidence } }
        guard let best = scores.indices.max(by: { scores[$0] < scores[$1] }), scores[best] > confidence else {
            return []
        }
        return [scores.firstIndex(of: scores[best]) ?? best]
    }
}

/// Runs a decoder on arrays.
func decode(
    _ head: DetectionHead, _ outputs: [[Float]], options: DetectionOptions = .init()
) throws -> [Detection] {
    var decoder = try DetectionDecoder(head, options: options)
    var list = DetectionList(capacity: options.maximumDetections)
    try withOutputs(outputs) { outputs throws(PerceptionError) in try decoder.decode(outputs, into: &list) }
    return list.array
}

/// Calls `body` with arrays as a network's outputs.
func withOutputs<Result>(
    _ arrays: [[Float]], _ body: (NetworkOutputs) throws(PerceptionError) -> Result
) throws(PerceptionError) -> Result {
    let copies = arrays.map { array in
        let copy = UnsafeMutableBufferPointer<Float>.allocate(capacity: array.count)
        _ = copy.initialize(from: array)
        return copy
    }
    defer { copies.forEach { $0.deallocate() } }
    var outputs = NetworkOutputs()
    for copy in copies { outputs.append(UnsafeBufferPointer(copy)) }
    return try body(outputs)
}
