/// How the claims of one class in one picture fared, for one range of areas.
struct ImageMatches: Sendable {
    /// One claim; bit t belongs to the t-th overlap threshold.
    struct Claim: Sendable {
        var score: Double
        var isMatched: UInt16
        var isIgnored: UInt16
    }

    /// The picture's place in the evaluated list.
    var image: Int

    /// Best first, at most 100.
    var claims: [Claim]

    /// Truths to find.
    var truthCount: Int
}
