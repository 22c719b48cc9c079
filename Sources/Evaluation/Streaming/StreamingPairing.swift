/// Pairs what is to be seen at each moment with what a running system had said by then (Li, Wang and Ramanan, "Towards
/// Streaming Perception", ECCV 2020).
///
/// An offline evaluation judges each frame by the result of that frame, however late it came. Here a moment is judged by the
/// newest result that was published by then, which shows an earlier frame: latency costs accuracy, as it does in a vehicle.
public enum StreamingPairing {
    /// A published result.
    public struct Result: Sendable, Hashable {
        /// When it was published, nanoseconds on the truth's time axis.
        public var published: Int64
        public var claims: [EvaluationImage.Claim]

        public init(published: Int64, claims: [EvaluationImage.Claim]) {
            self.published = published
            self.claims = claims
        }
    }

    /// One picture for each moment of truth; before the first result there are no claims.
    ///
    /// - Parameters:
    ///   - truth: moments and what is to be seen.
    ///   - results: in any order.
    public static func images(truth: [DriveTruth.Frame], results: [Result]) -> [EvaluationImage] {
        let results = results.sorted { $0.published < $1.published }
        var next = 0
        return truth.sorted { $0.time < $1.time }.map { frame in
            while next < results.count && results[next].published <= frame.time { next += 1 }
            return EvaluationImage(truths: frame.truths, claims: next > 0 ? results[next - 1].claims : [])
        }
    }
}
