/// One object that a network found.
public struct Detection: Sendable, Hashable, BitwiseCopyable {
    public var box: BoundingBox

    /// The network's confidence, 0 to 1.
    public var score: Float

    /// The class, an index into the network's names.
    public var classIndex: Int

    /// The candidate that the detection came from: the anchor's or row's number in the network's output. Masks are
    /// found by it.
    public var candidateIndex: Int

    public init(box: BoundingBox, score: Float, classIndex: Int, candidateIndex: Int = 0) {
        self.box = box
        self.score = score
        self.classIndex = classIndex
        self.candidateIndex = candidateIndex
    }
}
