import Tensors

/// Copies elements to where a table for each axis says: the one loop behind transposing, slicing, padding, tiling,
/// expanding and gathering.
struct IndexedCopy {
    /// Stands in a table for "outside of the input: fill".
    static let outside = -1

    /// The result's shape.
    let shape: Shape

    /// For each axis of the result and each index along it, the distance in elements that it contributes to the place
    /// in the input; ``outside`` where the fill goes.
    let offsets: [[Int]]

    /// - Parameter offsets: a table for each axis of the result, in order; its length is the axis's extent.
    init(offsets: [[Int]]) {
        self.offsets = offsets
        shape = Shape(offsets.map(\.count))
    }

    /// The result's elements.
    ///
    /// - Precondition: offsets stay inside of the input, and `fill` has one element of the input's type.
    func apply(to input: Tensor, fill: Tensor? = nil) -> Tensor {
        switch input.elementType.byteCount {
        case 1: apply(to: input, fill, as: UInt8.self)
        case 2: apply(to: input, fill, as: UInt16.self)
        case 4: apply(to: input, fill, as: UInt32.self)
        default: apply(to: input, fill, as: UInt64.self)
        }
    }

    private func apply<Bits: FixedWidthInteger>(to input: Tensor, _ fill: Tensor?, as type: Bits.Type) -> Tensor {
        var result = Tensor(zeros: shape, elementType: input.elementType)
        guard shape.elementCount > 0 else { return result }
        let fillBits = fill.map { $0.withBytes { $0.loadUnaligned(as: Bits.self) } } ?? 0
        let row = offsets.last ?? [0]
        let outer = Array(offsets.dropLast())
        input.withBytes { source in
            result.withMutableBytes { destination in
                let source = source.assumingMemoryBound(to: Bits.self)
                let destination = destination.assumingMemoryBound(to: Bits.self)
                var position = 0
                Self.forEachBase(outer) { base in
                    let target = UnsafeMutableBufferPointer(rebasing: destination[position..<position + row.count])
                    Self.copyRow(row, base, source, target, fillBits)
                    position += row.count
                }
            }
        }
        return result
    }

    private static func copyRow<Bits>(
        _ row: [Int], _ base: Int, _ source: UnsafeBufferPointer<Bits>, _ target: UnsafeMutableBufferPointer<Bits>,
        _ fill: Bits
    ) {
        if base == outside {
            target.update(repeating: fill)
            return
        }
        for index in row.indices {
            target[index] = row[index] == outside ? fill : source[base + row[index]]
        }
    }

    /// Calls `body` with the sum of offsets for every combination of indices, the last axis fastest; with ``outside``
    /// where any of them is outside.
    static func forEachBase(_ tables: [[Int]], _ body: (Int) -> Void) {
        guard tables.allSatisfy({ !$0.isEmpty }) else { return }
        var indices = [Int](repeating: 0, count: tables.count)
        while true {
            var base = 0
            for (axis, index) in indices.enumerated() {
                let offset = tables[axis][index]
                if offset == outside {
                    base = outside
                    break
                }
                base += offset
            }
            body(base)
            var axis = tables.count - 1
            while axis >= 0 {
                indices[axis] += 1
                if indices[axis] < tables[axis].count { break }
                indices[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }
}

extension IndexedCopy {
    /// The tensor with its axes in another order: axis `i` of the result is axis `order[i]` of the input.
    static func transposed(_ input: Tensor, order: [Int]) -> Tensor {
        if order == Array(0..<order.count) { return input }
        let strides = input.shape.strides
        return IndexedCopy(offsets: order.map { axis in (0..<input.shape[axis]).map { $0 * strides[axis] } })
            .apply(to: input)
    }

    /// The tensor broadcast to a larger shape, as ONNX Expand does it.
    ///
    /// - Precondition: `shape` is the result of broadcasting the tensor's shape with another.
    static func broadcast(_ input: Tensor, to shape: Shape) -> Tensor {
        if input.shape == shape { return input }
        return IndexedCopy(
            offsets: broadcastStrides(input.shape, to: shape).enumerated().map { axis, stride in
                (0..<shape[axis]).map { $0 * stride }
            }
        ).apply(to: input)
    }

    /// The input's strides along the axes of a larger shape; 0 along those that repeat it.
    static func broadcastStrides(_ input: Shape, to shape: Shape) -> [Int] {
        let added = shape.rank - input.rank
        let strides = input.strides
        return (0..<shape.rank).map { axis in
            axis < added || input[axis - added] == 1 ? 0 : strides[axis - added]
        }
    }
}
