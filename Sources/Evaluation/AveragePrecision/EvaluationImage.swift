import Perception

/// What is in one picture, and what a network found there.
public struct EvaluationImage: Sendable, Hashable {
    /// An object that is there.
    public struct Truth: Sendable, Hashable {
        public var box: EvaluationBox
        public var classIndex: Int

        /// The object's area, which with drawn outlines is smaller than the box's.
        public var area: Double

        /// Whether it is a group: it counts neither as missed nor as found, and takes any number of detections.
        public var isCrowd: Bool

        public init(box: EvaluationBox, classIndex: Int, area: Double? = nil, isCrowd: Bool = false) {
            self.box = box
            self.classIndex = classIndex
            self.area = area ?? box.area
            self.isCrowd = isCrowd
        }
    }

    /// An object that a network claims.
    public struct Claim: Sendable, Hashable {
        public var box: EvaluationBox
        public var score: Double
        public var classIndex: Int

        public init(box: EvaluationBox, score: Double, classIndex: Int) {
            self.box = box
            self.score = score
            self.classIndex = classIndex
        }

        public init(_ detection: Detection) {
            self.init(
                box: EvaluationBox(detection.box), score: Double(detection.score), classIndex: detection.classIndex)
        }
    }

    public var truths: [Truth]

    /// In the order in which the network gave them; of equal scores the first is matched first.
    public var claims: [Claim]

    public init(truths: [Truth] = [], claims: [Claim] = []) {
        self.truths = truths
        self.claims = claims
    }
}
