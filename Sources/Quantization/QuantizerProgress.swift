/// How far the quantiser is.
public struct QuantizerProgress: Sendable, Hashable {
    public enum Stage: String, Sendable, Hashable, CaseIterable {
        /// Running the float network on the samples.
        case observing = "observing"
        /// Choosing activation ranges.
        case ranging = "choosing ranges"
        /// Rounding weights, correcting biases, measuring errors.
        case rounding = "rounding weights"
        /// Writing the graph.
        case writing = "writing"
    }

    public let stage: Stage
    /// Samples, tensors or layers, as the stage has them.
    public let done: Int
    public let total: Int

    public init(stage: Stage, done: Int, total: Int) {
        self.stage = stage
        self.done = done
        self.total = total
    }
}
