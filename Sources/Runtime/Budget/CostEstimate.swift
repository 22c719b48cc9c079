/// Predicts how long a piece of work takes from how long it took before: a high percentile of the last runs.
///
/// Work that is left out cannot be measured, so a high prediction would forbid it for ever. Therefore the part of the
/// prediction that lies above the cheapest recent run fades while the work rests, until it is tried again.
package struct CostEstimate: Sendable {
    /// How many runs are remembered: two seconds at 30 frames per second.
    package static let capacity = 64
    /// The share of runs that took no longer than predicted. High enough that overruns are rare, low enough that three
    /// outliers among the last 64 runs do not cost the work its place.
    package static let percentile = 0.95
    /// What remains of the fading part after a frame of rest: half of it after 34 frames.
    package static let fading = 0.98
    /// Work that has rested until this much of the fading part was left begins anew: what it took before its rest says little.
    package static let forgetting = 0.7

    private var samples: [64 of Int64] = .init(repeating: 0)
    private var count = 0
    private var next = 0
    private var high: Int64 = 0
    private var low: Int64 = 0
    private var fade = 1.0

    package init() {}

    /// Whether nothing was measured yet.
    package var isEmpty: Bool { count == 0 }

    /// The predicted duration in nanoseconds; 0 before the first measurement.
    package var prediction: Int64 { low + Int64(Double(high - low) * fade) }

    /// The shortest of the remembered runs.
    package var minimum: Int64 { low }

    /// Takes in a duration. Complexity: O(capacity²) at worst, some microseconds.
    package mutating func record(_ nanoseconds: Int64) {
        if fade < Self.forgetting { (count, next) = (0, 0) }
        samples[next] = nanoseconds
        next = (next + 1) % Self.capacity
        count = min(count + 1, Self.capacity)
        fade = 1
        summarize()
    }

    /// Says that the work was left out of a frame.
    package mutating func rest() {
        fade *= Self.fading
    }

    /// Nearest-rank percentile: with few runs it is their maximum.
    private mutating func summarize() {
        let rank = Int((Self.percentile * Double(count)).rounded(.up))
        var above = count - rank
        var sorted = samples
        // The largest values bubble to the end; only those above the rank and the rank itself are needed.
        var end = count
        while true {
            for index in 1..<max(end, 1) where sorted[index - 1] > sorted[index] {
                sorted.swapAt(index - 1, index)
            }
            if above == 0 { break }
            above -= 1
            end -= 1
        }
        high = sorted[end - 1]
        low = sorted[0]
        for index in 0..<count { low = min(low, samples[index]) }
    }
}
