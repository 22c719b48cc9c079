import Tensors

/// Where a sample lies in an image, and what it is made of.
struct GridSampler {
    private enum Padding {
        case zeros, border, reflection
    }

    private let extents: [Int]
    private let strides: [Int]
    private let mode: String
    private let padding: Padding
    private let alignsCorners: Bool
    private let filter: InterpolationFilter

    var area: Int { extents.reduce(1, *) }

    init(_ call: OperatorInvocation, extents: [Int]) throws(OperatorError) {
        self.extents = extents
        strides = Shape(extents).strides
        let words = call.version >= 20 ? ["linear", "nearest", "cubic"] : ["bilinear", "nearest", "bicubic"]
        let word = try call.word("mode", of: words)
        mode = word.hasPrefix("bi") ? String(word.dropFirst(2)) : word
        guard mode != "cubic" || extents.count == 2 else { throw call.unsupported("mode", "cubic needs two axes") }
        switch try call.word("padding_mode", of: ["zeros", "border", "reflection"]) {
        case "border": padding = .border
        case "reflection": padding = .reflection
        default: padding = .zeros
        }
        alignsCorners = try call.flag("align_corners", default: false)
        filter = InterpolationFilter(
            isCubic: mode == "cubic", coefficient: -0.75, excludesOutside: false, isAntialiased: false)
    }

    /// The elements of an image plane that make up a sample, with their weights.
    ///
    /// - Parameter place: coordinates from -1 to 1 along each axis.
    func taps(at place: some Sequence<Double>) -> [InterpolationFilter.Tap] {
        var taps = [InterpolationFilter.Tap(index: 0, weight: 1)]
        for (axis, coordinate) in place.enumerated() {
            let along = tapsAlong(axis, coordinate)
            taps = taps.flatMap { outer in
                along.map { .init(index: outer.index + $0.index * strides[axis], weight: outer.weight * $0.weight) }
            }
        }
        return taps
    }

    private func tapsAlong(_ axis: Int, _ place: Double) -> [InterpolationFilter.Tap] {
        let extent = Double(extents[axis])
        var coordinate = alignsCorners ? (place + 1) / 2 * (extent - 1) : ((place + 1) * extent - 1) / 2
        if mode == "nearest" { coordinate = coordinate.rounded(.toNearestOrEven) }
        guard coordinate.isFinite else { return [] }
        switch padding {
        case .zeros: break
        case .border: coordinate = min(max(coordinate, 0), extent - 1)
        case .reflection: coordinate = reflected(coordinate, extent)
        }
        // Far outside there are only zeros; the limit keeps the conversion to an integer in range.
        guard abs(coordinate) < 1e9 else { return [] }
        if mode == "nearest" { return tap(Int(coordinate.rounded(.toNearestOrEven)), 1, axis) }
        let base = coordinate.rounded(.down)
        let steps = mode == "cubic" ? -1...2 : 0...1
        return steps.flatMap { step in
            tap(Int(base) + step, filter.weight(Double(step) - (coordinate - base)), axis)
        }
    }

    /// One element; none where it lies in a padding of zeros.
    private func tap(_ index: Int, _ weight: Double, _ axis: Int) -> [InterpolationFilter.Tap] {
        let extent = extents[axis]
        if (0..<extent).contains(index) { return [.init(index: index, weight: weight)] }
        switch padding {
        case .zeros: return []
        case .border: return [.init(index: min(max(index, 0), extent - 1), weight: weight)]
        case .reflection:
            let place = Int(reflected(Double(index), Double(extent)))
            return [.init(index: min(max(place, 0), extent - 1), weight: weight)]
        }
    }

    /// Mirrored at the borders until inside: at the centres of the outermost elements, or at their outer edges.
    private func reflected(_ coordinate: Double, _ extent: Double) -> Double {
        let lower = alignsCorners ? 0 : -0.5
        let range = alignsCorners ? extent - 1 : extent
        guard range > 0 else { return 0 }
        let period = 2 * range
        var phase = (coordinate - lower).truncatingRemainder(dividingBy: period)
        if phase < 0 { phase += period }
        return lower + min(phase, period - phase)
    }
}
