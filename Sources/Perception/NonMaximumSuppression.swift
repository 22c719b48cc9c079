/// Greedy suppression of boxes that overlap a better one of their class.
///
/// Boxes are offered best first. One stays unless its intersection over union with a box that stayed is greater than
/// the threshold. Ultralytics keeps classes apart by moving each class's boxes by a multiple of 7680 pixels, which costs
/// up to 1/16 pixel of precision; here classes are simply not compared, which is the same rule without that loss.
///
/// - Complexity: every offer is compared with the boxes of its class that stayed.
public struct NonMaximumSuppression: ~Copyable {
    private struct Kept {
        var box: BoundingBox
        var area: Float
        /// The box of the same class that stayed before; negative for none.
        var previous: Int32
    }

    private let overlap: Float
    private let isClassAware: Bool
    private let classCount: Int
    private let capacity: Int
    private let kept: UnsafeMutablePointer<Kept>
    private let latest: UnsafeMutablePointer<Int32>
    public private(set) var count = 0

    /// - Parameters:
    ///   - overlap: the greatest intersection over union at which both boxes stay.
    ///   - capacity: boxes that may stay.
    /// - Precondition: `classCount` and `capacity` are positive.
    public init(classCount: Int, capacity: Int, overlap: Float, isClassAware: Bool = true) {
        precondition(classCount > 0 && capacity > 0, "suppression needs classes and room")
        self.overlap = overlap
        self.isClassAware = isClassAware
        self.classCount = isClassAware ? classCount : 1
        self.capacity = capacity
        kept = .allocate(capacity: capacity)
        latest = .allocate(capacity: self.classCount)
        latest.initialize(repeating: -1, count: self.classCount)
    }

    deinit {
        kept.deallocate()
        latest.deallocate()
    }

    public mutating func removeAll() {
        count = 0
        latest.update(repeating: -1, count: classCount)
    }

    /// Whether the box stays; it must not be better than those offered before.
    ///
    /// - Precondition: `classIndex` is one of the classes.
    public mutating func offer(_ box: BoundingBox, classIndex: Int) -> Bool {
        let chain = isClassAware ? classIndex : 0
        precondition(chain >= 0 && chain < classCount, "no class \(classIndex)")
        guard count < capacity else { return false }
        let area = box.area
        var index = latest[chain]
        while index >= 0 {
            let other = kept[Int(index)]
            let intersection = box.intersection(with: other.box)
            // Without a division; two empty boxes leave each other alone.
            if intersection > overlap * (area + other.area - intersection) { return false }
            index = other.previous
        }
        (kept + count).initialize(to: Kept(box: box, area: area, previous: latest[chain]))
        latest[chain] = Int32(count)
        count += 1
        return true
    }
}
