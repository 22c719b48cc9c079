/// What a detection must fulfil. The defaults are those that Ultralytics uses for prediction.
public struct DetectionOptions: Sendable, Hashable {
    /// How the tensors of ``DetectionHead/Layout/distributions`` lie in memory.
    public enum TensorLayout: Sendable, Hashable {
        /// A channel's cells side by side, as ONNX orders them.
        case channelsFirst
        /// A cell's channels side by side.
        case channelsLast
    }

    /// Scores must be greater, 0 to 1.
    public var confidence: Float

    /// Of two boxes of a class that overlap by more (intersection over union), the one of lower score goes.
    public var overlap: Float

    /// Detections that a frame may have.
    public var maximumDetections: Int

    /// Whether boxes of different classes leave each other alone.
    public var isClassAware: Bool

    /// Whether a candidate counts once for every class above the threshold, not only for its best. Evaluation wants it.
    public var isMultiLabel: Bool

    /// Candidates of highest score that suppression looks at.
    public var maximumCandidates: Int

    public var tensorLayout: TensorLayout

    public init(
        confidence: Float = 0.25, overlap: Float = 0.7, maximumDetections: Int = 300, isClassAware: Bool = true,
        isMultiLabel: Bool = false, maximumCandidates: Int = 30_000, tensorLayout: TensorLayout = .channelsFirst
    ) {
        self.confidence = confidence
        self.overlap = overlap
        self.maximumDetections = maximumDetections
        self.isClassAware = isClassAware
        self.isMultiLabel = isMultiLabel
        self.maximumCandidates = maximumCandidates
        self.tensorLayout = tensorLayout
    }

    /// The options under which average precision is measured: every box that might be right counts.
    public static let evaluation = DetectionOptions(confidence: 0.001, overlap: 0.7, isMultiLabel: true)

    func validate() throws(PerceptionError) {
        guard confidence >= 0, confidence < 1 else {
            throw .invalidOption(name: "confidence", detail: "\(confidence) is not from 0 to below 1")
        }
        guard overlap >= 0, overlap <= 1 else {
            throw .invalidOption(name: "overlap", detail: "\(overlap) is not from 0 to 1")
        }
        guard (1...100_000).contains(maximumDetections) else {
            throw .invalidOption(name: "maximumDetections", detail: "\(maximumDetections) is not from 1 to 100000")
        }
        guard (1...1_000_000).contains(maximumCandidates) else {
            throw .invalidOption(name: "maximumCandidates", detail: "\(maximumCandidates) is not from 1 to 1000000")
        }
    }
}
