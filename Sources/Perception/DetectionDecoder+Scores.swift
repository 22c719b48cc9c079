import Glibc

// Which candidates score above the threshold, for each layout. A candidate's number is its anchor, or with several
// labels to a candidate `anchor * classes + class`.
extension DetectionDecoder {
    mutating func scan(_ outputs: NetworkOutputs) {
        switch head.layout {
        case .channelMajor: scanChannels(outputs[0])
        case .anchorMajor, .grid: scanAnchors(outputs[0])
        case .endToEnd: scanRows(outputs[0])
        case .distributions: scanScales(outputs)
        }
    }

    /// The first output value of a scale in ``NetworkOutputs``.
    func firstOutput(ofScale scale: Int) -> Int {
        scale * (head.maskCoefficientCount > 0 ? 3 : 2)
    }

    private mutating func scanChannels(_ output: UnsafeBufferPointer<Float>) {
        guard let base = output.baseAddress else { return }
        let anchors = head.candidateCount
        let scores = base + 4 * anchors
        ScoreScan.columnMaxima(of: scores, classCount: classCount, cellCount: anchors, into: maxima)
        let threshold = options.confidence
        for anchor in 0..<anchors where maxima[anchor] > threshold {
            if isMultiLabel {
                for label in 0..<classCount {
                    let score = scores[label &* anchors &+ anchor]
                    if score > threshold { candidates.insert(score: score, number: anchor &* classCount &+ label) }
                }
            } else {
                candidates.insert(score: maxima[anchor], number: anchor)
            }
        }
    }

    private mutating func scanAnchors(_ output: UnsafeBufferPointer<Float>) {
        guard let base = output.baseAddress else { return }
        let threshold = options.confidence
        let width = 5 + classCount + head.maskCoefficientCount
        for anchor in 0..<head.candidateCount {
            let row = base + anchor &* width
            // Class scores are at most 1, so the product is at most the objectness.
            let objectness = row[4]
            guard objectness > threshold else { continue }
            if isMultiLabel {
                for label in 0..<classCount {
                    let score = row[5 &+ label] * objectness
                    if score > threshold { candidates.insert(score: score, number: anchor &* classCount &+ label) }
                }
            } else {
                let score = ScoreScan.maximum(of: row + 5, count: classCount) * objectness
                if score > threshold { candidates.insert(score: score, number: anchor) }
            }
        }
    }

    private mutating func scanRows(_ output: UnsafeBufferPointer<Float>) {
        guard let base = output.baseAddress else { return }
        let width = 6 + head.maskCoefficientCount
        let classes = Float(classCount)
        for index in 0..<head.candidateCount {
            let score = base[index &* width &+ 4]
            let label = base[index &* width &+ 5]
            guard score > options.confidence, label >= 0, label < classes else { continue }
            candidates.insert(score: score, number: index)
        }
    }

    private mutating func scanScales(_ outputs: NetworkOutputs) {
        // sigmoid(logit) > confidence where logit > log(confidence / (1 - confidence)): no exponential for the rest.
        let confidence = options.confidence
        let threshold = confidence > 0 ? logf(confidence / (1 - confidence)) : -.infinity
        var firstAnchor = 0
        for index in 0..<head.scales.count {
            let cells = head.scales[index].cellCount
            if let logits = outputs[firstOutput(ofScale: index) + 1].baseAddress {
                scan(logits, cellCount: cells, firstAnchor: firstAnchor, threshold: threshold)
            }
            firstAnchor += cells
        }
    }

    private mutating func scan(
        _ logits: UnsafePointer<Float>, cellCount: Int, firstAnchor: Int, threshold: Float
    ) {
        let isPacked = options.tensorLayout == .channelsLast
        if !isPacked {
            ScoreScan.columnMaxima(of: logits, classCount: classCount, cellCount: cellCount, into: maxima)
        }
        for cell in 0..<cellCount {
            let best =
                isPacked ? ScoreScan.maximum(of: logits + cell &* classCount, count: classCount) : maxima[cell]
            guard best > threshold else { continue }
            let anchor = firstAnchor &+ cell
            if isMultiLabel {
                for label in 0..<classCount {
                    let logit = isPacked ? logits[cell &* classCount &+ label] : logits[label &* cellCount &+ cell]
                    if logit > threshold {
                        candidates.insert(score: sigmoid(logit), number: anchor &* classCount &+ label)
                    }
                }
            } else {
                candidates.insert(score: sigmoid(best), number: anchor)
            }
        }
    }

    private func sigmoid(_ logit: Float) -> Float { 1 / (1 + expf(-logit)) }
}
