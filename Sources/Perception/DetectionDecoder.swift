/// Turns a detection network's outputs into boxes.
///
/// Planned once for a head; ``decode(_:into:)`` then allocates nothing. Scores are scanned first and boxes are decoded
/// only for candidates that suppression looks at, best first, until the list is full.
///
///     var decoder = try DetectionDecoder(head, options: DetectionOptions(confidence: 0.3))
///     var detections = DetectionList(capacity: decoder.options.maximumDetections)
///     try decoder.decode(outputs, into: &detections)   // boxes in network pixels
///     detections.move(to: mapping)                     // boxes in pixels of the captured frame
public struct DetectionDecoder: ~Copyable {
    public let head: DetectionHead
    public let options: DetectionOptions

    /// The network values that ``decode(_:into:)`` takes, in order.
    public let outputNames: [String]

    let classCount: Int

    /// Whether candidates are numbered `anchor * classes + class`.
    let isMultiLabel: Bool
    var candidates: CandidateQueue
    private var suppression: NonMaximumSuppression
    let maxima: UnsafeMutablePointer<Float>
    let grid: GridTable

    /// Elements that each output must have.
    private let outputSizes: [Int]

    /// - Throws: ``PerceptionError/invalidHead(detail:)`` where the head's numbers contradict each other or are beyond
    ///   reason, ``PerceptionError/invalidOption(name:detail:)`` for an option outside its range.
    public init(_ head: DetectionHead, options: DetectionOptions = .init()) throws(PerceptionError) {
        try options.validate()
        try head.validate()
        self.head = head
        self.options = options
        outputNames = head.outputNames
        outputSizes = head.outputSizes
        classCount = head.classCount > 0 ? head.classCount : DetectionHead.maximumClassCount
        isMultiLabel = options.isMultiLabel && head.layout != .endToEnd
        candidates = CandidateQueue(
            limit: options.maximumCandidates, offered: head.candidateCount * (isMultiLabel ? classCount : 1))
        suppression = NonMaximumSuppression(
            classCount: classCount, capacity: options.maximumDetections, overlap: options.overlap,
            isClassAware: options.isClassAware)
        maxima = .allocate(capacity: max(head.candidateCount, 1))
        grid = GridTable(head.scales)
    }

    deinit {
        maxima.deallocate()
    }

    /// Decodes one frame: candidates above the confidence, suppressed, best first, in network pixels.
    ///
    /// Candidates whose boxes are not finite are passed over.
    ///
    /// - Parameters:
    ///   - outputs: the values named by ``outputNames``, in that order, as ONNX orders elements (or as
    ///     ``DetectionOptions/tensorLayout`` says).
    ///   - detections: is emptied, then filled up to its capacity or ``DetectionOptions/maximumDetections``.
    /// - Throws: ``PerceptionError/outputMismatch(name:expected:actual:)``.
    /// - Complexity: linear in the scores, plus candidates times the boxes of their class that stay.
    public mutating func decode(
        _ outputs: NetworkOutputs, into detections: inout DetectionList
    ) throws(PerceptionError) {
        detections.removeAll()
        for index in 0..<outputSizes.count where outputs[index].count != outputSizes[index] {
            throw .outputMismatch(
                name: outputNames[index], expected: outputSizes[index], actual: outputs[index].count)
        }
        candidates.removeAll()
        scan(outputs)
        candidates.sort()
        select(outputs, into: &detections)
    }

    private mutating func select(_ outputs: NetworkOutputs, into detections: inout DetectionList) {
        let limit = min(options.maximumDetections, detections.capacity)
        suppression.removeAll()
        for index in 0..<candidates.count {
            guard detections.count < limit else { return }
            let (score, number) = candidates.candidate(at: index)
            let anchor = isMultiLabel ? number / classCount : number
            let box = box(of: anchor, in: outputs)
            guard box.isFinite else { continue }
            let label = isMultiLabel ? number % classCount : bestClass(of: anchor, in: outputs)
            if head.layout == .endToEnd || suppression.offer(box, classIndex: label) {
                detections.append(Detection(box: box, score: score, classIndex: label, candidateIndex: anchor))
            }
        }
    }
}
