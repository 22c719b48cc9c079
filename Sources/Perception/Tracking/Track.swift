/// One object followed over time.
public struct Track: Sendable, Hashable, BitwiseCopyable {
    public enum State: Sendable, Hashable, BitwiseCopyable {
        /// Seen too few times to be told to others.
        case tentative
        /// Seen often enough, and on this frame.
        case confirmed
        /// Confirmed before, not seen on this frame: the box is predicted.
        case coasting
    }

    /// Unique for the life of the tracker, never 0.
    public let id: UInt64
    public internal(set) var state = State.tentative

    /// The class that its detections say most, weighed by their scores, recent ones more.
    public var classIndex: Int { votes.winner }

    /// The score of the newest detection.
    public internal(set) var score: Float

    /// Times of the first and the newest detection, nanoseconds.
    public let firstSeen: Int64
    public internal(set) var lastSeen: Int64

    /// Detections that joined.
    public internal(set) var detectionCount = 1

    /// The frame's detection that joined, an index into its list; nil when it was not seen on this frame.
    public internal(set) var detectionIndex: Int?

    var filter: BoxFilter
    var votes: ClassVotes
    let group: Int32
    var evidence: Float

    init(id: UInt64, _ detection: Detection, index: Int, group: Int32, time: Int64, model: BoxMotionModel) {
        self.id = id
        score = detection.score
        firstSeen = time
        lastSeen = time
        detectionIndex = index
        filter = BoxFilter(detection.box, model: model)
        votes = ClassVotes(detection.classIndex, weight: detection.score)
        self.group = group
        evidence = detection.score
    }

    /// Where the object is on this frame, pixels of the captured frame: measured and predicted position together.
    public var box: BoundingBox { filter.box }

    mutating func join(_ detection: Detection, index: Int, time: Int64, options: TrackingOptions) {
        filter.update(detection.box, model: options.motion)
        votes.add(detection.classIndex, weight: detection.score)
        score = detection.score
        evidence += detection.score
        lastSeen = time
        detectionCount += 1
        detectionIndex = index
        if state != .tentative || evidence >= options.confirmingEvidence { state = .confirmed }
    }
}

/// What a track's detections say about its class; old votes fade.
struct ClassVotes: Sendable, Hashable, BitwiseCopyable {
    private static let fading: Float = 0.95
    private var classes: SIMD4<Int32>
    private var weights: SIMD4<Float>

    init(_ classIndex: Int, weight: Float) {
        classes = SIMD4(Int32(truncatingIfNeeded: classIndex), -1, -1, -1)
        weights = SIMD4(weight, 0, 0, 0)
    }

    mutating func add(_ classIndex: Int, weight: Float) {
        weights *= Self.fading
        let label = Int32(truncatingIfNeeded: classIndex)
        var place = 0
        for slot in 0..<4 {
            if classes[slot] == label {
                weights[slot] += weight
                return
            }
            if weights[slot] < weights[place] { place = slot }
        }
        // A fifth class takes the place of the weakest.
        classes[place] = label
        weights[place] = weight
    }

    var winner: Int {
        var best = 0
        for slot in 1..<4 where weights[slot] > weights[best] { best = slot }
        return Int(classes[best])
    }
}
