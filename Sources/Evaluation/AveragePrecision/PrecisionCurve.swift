/// Precision over recall for one class, one range of areas and one limit of claims.
struct PrecisionCurve {
    /// Precision at each overlap and each of the 101 recalls, one after the other.
    private var precisions: [Double] = []

    /// The greatest recall at each overlap.
    private var recalls: [Double] = []
    let truthCount: Int

    /// - Parameter counts: how often each picture counts; once where nil.
    /// - Returns: nil where there is nothing to find.
    init?(_ matches: [ImageMatches], claimLimit: Int, counts: [Int]? = nil) {
        var truths = 0
        var claims: [ImageMatches.Claim] = []
        for match in matches {
            let times = counts?[match.image] ?? 1
            truths += times * match.truthCount
            for _ in 0..<times { claims += match.claims.prefix(claimLimit) }
        }
        guard truths > 0 else { return nil }
        truthCount = truths
        let order = claims.indices.sorted { left, right in
            claims[left].score != claims[right].score ? claims[left].score > claims[right].score : left < right
        }
        precisions.reserveCapacity(AveragePrecision.overlaps.count * AveragePrecision.recalls.count)
        for bit in AveragePrecision.overlaps.indices {
            append(order.map { claims[$0] }, bit: UInt16(1) << UInt16(bit))
        }
    }

    private mutating func append(_ claims: [ImageMatches.Claim], bit: UInt16) {
        var precision: [Double] = []
        var recall: [Double] = []
        var found = 0.0
        var wrong = 0.0
        for claim in claims {
            if claim.isIgnored & bit == 0 {
                if claim.isMatched & bit != 0 { found += 1 } else { wrong += 1 }
            }
            recall.append(found / Double(truthCount))
            // `numpy.spacing(1)` keeps the first quotient from 0 / 0.
            precision.append(found / (wrong + found + Double.ulpOfOne))
        }
        recalls.append(recall.last ?? 0)
        for index in precision.indices.dropFirst().reversed() {
            precision[index - 1] = max(precision[index - 1], precision[index])
        }
        var place = 0
        for wanted in AveragePrecision.recalls {
            while place < recall.count, recall[place] < wanted { place += 1 }
            precisions.append(place < recall.count ? precision[place] : 0)
        }
    }

    /// The mean precision at one overlap, or at all.
    func precision(overlap: Int? = nil) -> Double {
        let count = AveragePrecision.recalls.count
        let part = overlap.map { precisions[$0 * count..<($0 + 1) * count] } ?? precisions[...]
        return part.reduce(0, +) / Double(part.count)
    }

    var meanRecall: Double { recalls.reduce(0, +) / Double(recalls.count) }

    /// The mean; nil of nothing.
    static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
}
