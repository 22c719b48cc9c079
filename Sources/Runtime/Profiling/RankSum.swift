import Glibc

/// The two-sided Mann-Whitney U test (Mann and Whitney 1947): whether values of one sample tend to be larger than those of
/// another. Needs no assumption on how latencies are distributed. Normal approximation with correction for ties and
/// continuity; good from about eight values a side.
package enum RankSum {
    /// The probability of a difference at least this large between two samples of the same distribution.
    package static func probability(_ first: [Double], _ second: [Double]) -> Double {
        guard !first.isEmpty, !second.isEmpty else { return 1 }
        let all = (first.map { ($0, true) } + second.map { ($0, false) }).sorted { $0.0 < $1.0 }
        var rankSum = 0.0
        var tieTerm = 0.0
        var index = 0
        while index < all.count {
            var end = index
            while end < all.count && all[end].0 == all[index].0 { end += 1 }
            let rank = Double(index + end + 1) / 2
            rankSum += rank * Double(all[index..<end].count { $0.1 })
            let ties = Double(end - index)
            tieTerm += ties * ties * ties - ties
            index = end
        }
        let (m, n) = (Double(first.count), Double(second.count))
        let total = m + n
        let difference = abs(rankSum - m * (m + 1) / 2 - m * n / 2)
        let variance = m * n / 12 * (total + 1 - tieTerm / (total * (total - 1)))
        guard variance > 0 else { return 1 }
        return erfc(max(difference - 0.5, 0) / (2 * variance).squareRoot())
    }
}
