/// Elements of a buffer seen as a tensor: a shape, and the distance that each axis steps.
///
/// Transposing, slicing, splitting, expanding and most reshaping only change the view.
struct BufferView: Hashable, Sendable {
    var buffer: BufferIdentifier
    var offset = SymbolicStride.zero
    var shape: [Int]
    var strides: [SymbolicStride]

    var rank: Int { shape.count }
    var elementCount: Int { shape.reduce(1, *) }

    /// All elements of a linear buffer in row-major order.
    static func rowMajor(_ buffer: BufferIdentifier, shape: [Int]) -> BufferView {
        var strides = [SymbolicStride](repeating: .zero, count: shape.count)
        var step = 1
        for axis in shape.indices.reversed() {
            strides[axis] = .elements(step)
            step *= shape[axis]
        }
        return BufferView(buffer: buffer, shape: shape, strides: strides)
    }

    /// All elements of a `pixels` buffer as a tensor N x C x spatial axes.
    static func pixels(_ buffer: BufferIdentifier, shape: [Int]) -> BufferView {
        var strides = [SymbolicStride](repeating: .zero, count: shape.count)
        strides[1] = .elements(1)
        var step = 1
        for axis in shape.indices.dropFirst(2).reversed() {
            strides[axis] = SymbolicStride(pixel: step)
            step *= shape[axis]
        }
        strides[0] = SymbolicStride(pixel: step)
        return BufferView(buffer: buffer, shape: shape, strides: strides)
    }

    /// All elements of a `bordered` buffer as a tensor N x C x H x W (or N x C x L).
    static func bordered(_ buffer: BufferIdentifier, shape: [Int]) -> BufferView {
        var strides = [SymbolicStride(image: 1), .elements(1), SymbolicStride(row: 1), SymbolicStride(pixel: 1)]
        if shape.count == 3 { strides.remove(at: 2) }
        return BufferView(buffer: buffer, shape: shape, strides: strides)
    }

    // MARK: - Views of views

    func transposed(_ permutation: [Int]) -> BufferView {
        BufferView(
            buffer: buffer, offset: offset, shape: permutation.map { shape[$0] },
            strides: permutation.map { strides[$0] })
    }

    /// `count` slices along an axis from index `start`, every `step`th.
    func sliced(axis: Int, start: Int, count: Int, step: Int = 1) -> BufferView {
        var view = self
        view.offset = offset + strides[axis] * start
        view.shape[axis] = count
        view.strides[axis] = strides[axis] * step
        return view
    }

    /// The view with axes of extent 1 repeated, and axes put in front, as ONNX broadcasting has it.
    ///
    /// - Precondition: the shape broadcasts to `target`.
    func broadcast(to target: [Int]) -> BufferView {
        let missing = target.count - rank
        var view = BufferView(buffer: buffer, offset: offset, shape: target, strides: [])
        for axis in target.indices {
            let isRepeated = axis < missing || (shape[axis - missing] == 1 && target[axis] != 1)
            view.strides.append(isRepeated ? .zero : strides[axis - missing])
        }
        return view
    }

    /// The same elements in row-major order under another shape, or nil when no strides express that.
    func reshaped(to target: [Int]) -> BufferView? {
        guard target.reduce(1, *) == elementCount else { return nil }
        let axes = shape.indices.filter { shape[$0] != 1 }
        let old = axes.map { shape[$0] }
        let oldStrides = axes.map { strides[$0] }
        var newStrides = [SymbolicStride](repeating: .zero, count: target.count)
        var from = 0
        var to = 0
        while from < old.count && to < target.count {
            var fromEnd = from + 1
            var toEnd = to + 1
            var fromCount = old[from]
            var toCount = target[to]
            while fromCount != toCount {
                if toCount < fromCount {
                    toCount *= target[toEnd]
                    toEnd += 1
                } else {
                    fromCount *= old[fromEnd]
                    fromEnd += 1
                }
            }
            for axis in from..<(fromEnd - 1) where oldStrides[axis] != oldStrides[axis + 1] * old[axis + 1] {
                return nil
            }
            var step = oldStrides[fromEnd - 1]
            for axis in (to..<toEnd).reversed() {
                newStrides[axis] = step
                step = step * target[axis]
            }
            from = fromEnd
            to = toEnd
        }
        return BufferView(buffer: buffer, offset: offset, shape: target, strides: newStrides)
    }

    // MARK: - What a view is

    /// Whether elements lie in row-major order without gaps.
    var isRowMajor: Bool {
        var step = 1
        for axis in shape.indices.reversed() where shape[axis] != 1 {
            guard strides[axis] == .elements(step) else { return false }
            step *= shape[axis]
        }
        return true
    }

    /// Whether channels (axis 1) are adjacent, so that the view can be read as a feature map of 1 or 2 spatial axes.
    var isChannelsLast: Bool {
        guard rank == 3 || rank == 4 else { return false }
        return shape[1] == 1 || strides[1] == .elements(1)
    }

    /// Whether both views see the same elements in the same order: strides of axes that have one element do not matter.
    func covers(_ other: BufferView) -> Bool {
        buffer == other.buffer && offset == other.offset && shape == other.shape
            && shape.indices.allSatisfy { shape[$0] == 1 || strides[$0] == other.strides[$0] }
    }

    /// The view with a height of 1 put in where only a length is there.
    var asImage: BufferView {
        guard rank == 3 else { return self }
        return BufferView(
            buffer: buffer, offset: offset, shape: [shape[0], shape[1], 1, shape[2]],
            strides: [strides[0], strides[1], .zero, strides[2]])
    }
}
