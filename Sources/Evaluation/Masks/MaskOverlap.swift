/// Intersection over union of class masks, pooled over all pictures.
///
/// Counts pixels by true and predicted class; a class's figure is the pixels where both agree on it, divided by those
/// where either says so. Pixels whose truth is a void label are left out.
public struct MaskOverlap: Sendable {
    public let classCount: Int
    private let isVoid: [Bool]

    /// `counts[truth * classCount + prediction]`.
    private var counts: [UInt64]

    /// - Parameter voidLabels: labels of the truth that stand for no class.
    /// - Throws: ``EvaluationError/invalidOption(name:detail:)``.
    public init(classCount: Int, voidLabels: [UInt8] = []) throws(EvaluationError) {
        guard (1...256).contains(classCount) else {
            throw .invalidOption(name: "classCount", detail: "\(classCount) is not from 1 to 256")
        }
        self.classCount = classCount
        var isVoid = [Bool](repeating: false, count: 256)
        for label in voidLabels { isVoid[Int(label)] = true }
        self.isVoid = isVoid
        counts = [UInt64](repeating: 0, count: classCount * classCount)
    }

    /// Adds one picture.
    ///
    /// - Throws: ``EvaluationError/mismatch(detail:)`` where sizes differ or a mask has a label that is neither a class nor
    ///   void. Nothing is counted then.
    /// - Complexity: linear in the pixels.
    public mutating func add(
        prediction: UnsafeBufferPointer<UInt8>, truth: UnsafeBufferPointer<UInt8>
    ) throws(EvaluationError) {
        guard prediction.count == truth.count else {
            throw .mismatch(detail: "a mask of \(prediction.count) pixels against a truth of \(truth.count)")
        }
        var pairs = [UInt64](repeating: 0, count: 65_536)
        for pixel in 0..<truth.count { pairs[Int(truth[pixel]) << 8 | Int(prediction[pixel])] += 1 }
        for (pair, count) in pairs.enumerated() where count > 0 && !isVoid[pair >> 8] {
            guard pair >> 8 < classCount, pair & 255 < classCount else {
                throw .mismatch(
                    detail: "label \(max(pair >> 8, pair & 255)) in a mask of \(classCount) classes; "
                        + "map it to a class or call it void")
            }
        }
        for (pair, count) in pairs.enumerated() where count > 0 && !isVoid[pair >> 8] {
            counts[(pair >> 8) * classCount + pair & 255] += count
        }
    }

    public mutating func add(prediction: [UInt8], truth: [UInt8]) throws(EvaluationError) {
        let result = prediction.withUnsafeBufferPointer { prediction in
            truth.withUnsafeBufferPointer { truth in
                Result { () throws(EvaluationError) in try add(prediction: prediction, truth: truth) }
            }
        }
        try result.get()
    }

    /// The figure of a class; nil where neither truth nor prediction has it.
    public func intersectionOverUnion(ofClass label: Int) -> Double? {
        guard (0..<classCount).contains(label) else { return nil }
        var union: UInt64 = 0
        for other in 0..<classCount {
            union += counts[label * classCount + other]
            if other != label { union += counts[other * classCount + label] }
        }
        return union > 0 ? Double(counts[label * classCount + label]) / Double(union) : nil
    }

    /// The figure of each class.
    public var perClass: [Double?] { (0..<classCount).map { intersectionOverUnion(ofClass: $0) } }

    /// The mean over the classes that occur; nil where none does.
    public var mean: Double? {
        let values = perClass.compactMap { $0 }
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// The share of pixels whose class is right.
    public var accuracy: Double? {
        let total = counts.reduce(0, +)
        let right = (0..<classCount).reduce(UInt64(0)) { $0 + counts[$1 * classCount + $1] }
        return total > 0 ? Double(right) / Double(total) : nil
    }
}
