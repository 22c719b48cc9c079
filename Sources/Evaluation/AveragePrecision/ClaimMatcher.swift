/// Matches the claims of one class in one picture to its truths.
///
/// Follows `COCOeval.evaluateImg` step by step, since the figures depend on its order of decisions: claims by score,
/// equal ones as given; truths that do not count last; a claim keeps the last of equally good truths, and does not leave
/// a truth that counts for one that does not.
struct ClaimMatcher {
    private let image: Int
    private let truths: [EvaluationImage.Truth]
    private let claims: [EvaluationImage.Claim]

    /// `overlaps[claim][truth]`.
    private let overlaps: [[Double]]

    init(image: Int, truths: [EvaluationImage.Truth], claims: [EvaluationImage.Claim]) {
        self.image = image
        self.truths = truths
        // Swift's sort is stable, but does not promise it; the index makes sure.
        let order = claims.indices.sorted { left, right in
            claims[left].score != claims[right].score ? claims[left].score > claims[right].score : left < right
        }
        self.claims = order.prefix(100).map { claims[$0] }
        overlaps = self.claims.map { claim in
            truths.map { $0.box.overlap(ofDetection: claim.box, isCrowd: $0.isCrowd) }
        }
    }

    func match(area: ClosedRange<Double>) -> ImageMatches {
        let isIgnored = truths.map { $0.isCrowd || !area.contains($0.area) }
        let order = truths.indices.filter { !isIgnored[$0] } + truths.indices.filter { isIgnored[$0] }
        var result = claims.map { ImageMatches.Claim(score: $0.score, isMatched: 0, isIgnored: 0) }
        for (bit, threshold) in AveragePrecision.overlaps.enumerated() {
            var isTaken = [Bool](repeating: false, count: truths.count)
            for claim in claims.indices {
                if let truth = best(for: claim, order: order, isIgnored: isIgnored, isTaken: isTaken, threshold) {
                    isTaken[truth] = true
                    result[claim].isMatched |= 1 << UInt16(bit)
                    if isIgnored[truth] { result[claim].isIgnored |= 1 << UInt16(bit) }
                } else if !area.contains(claims[claim].box.area) {
                    result[claim].isIgnored |= 1 << UInt16(bit)
                }
            }
        }
        return ImageMatches(image: image, claims: result, truthCount: isIgnored.count { !$0 })
    }

    private func best(
        for claim: Int, order: [Int], isIgnored: [Bool], isTaken: [Bool], _ threshold: Double
    ) -> Int? {
        var least = min(threshold, 1 - 1e-10)
        var best: Int?
        for truth in order {
            if isTaken[truth], !truths[truth].isCrowd { continue }
            if let best, !isIgnored[best], isIgnored[truth] { break }
            if overlaps[claim][truth] < least { continue }
            least = overlaps[claim][truth]
            best = truth
        }
        return best
    }
}
