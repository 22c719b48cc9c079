/// The indices that one axis of an ONNX Slice takes, after its start and end are counted from the front and clamped.
struct SliceRange: Hashable, Sendable {
    /// The first index taken; meaningless when ``count`` is 0.
    let start: Int
    let step: Int
    let count: Int

    /// - Parameters:
    ///   - start: negative ones count from the back; clamped to the axis.
    ///   - end: the first index that is not taken any more; negative ones count from the back, clamped.
    ///   - step: negative for going backwards; nil is returned for 0.
    init?(start: Int, end: Int, step: Int, extent: Int) {
        guard step != 0 else { return nil }
        // Wrapping is harmless: only values near Int.min gain from the extent, and stay negative.
        let fromFront = { (index: Int) in index < 0 ? index &+ extent : index }
        let low = step > 0 ? 0 : -1
        let high = step > 0 ? extent : extent - 1
        // Unlike in numpy, a start before the first index means the first one, whichever way the slice goes.
        let first = min(max(fromFront(start), 0), high)
        let last = min(max(fromFront(end), low), high)
        self.start = max(first, 0)
        self.step = step
        let distance = step > 0 ? last - first : first - last
        let stride = Int(clamping: step.magnitude)
        count = distance > 0 ? (distance - 1) / stride + 1 : 0
    }
}
