import Tensors

/// What detection networks end with: TopK and NonMaxSuppression.
enum DetectionOperators {
    static let table: [String: ReferenceOperator] = [
        "TopK": ReferenceOperator(
            inputs: 2...2, attributes: ["axis", "largest", "sorted"], versions: 11...25, greatest),
        "NonMaxSuppression": ReferenceOperator(
            inputs: 2...5, attributes: ["center_point_box"], versions: 10...25, suppress),
    ]

    // MARK: TopK

    private static func greatest(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        let axis = try call.axis(try call.int("axis", default: -1), of: input.shape)
        guard let count = try call.integer(1), (0...input.shape[axis]).contains(count) else {
            throw call.failure("asks for more elements than axis \(axis) of \(input.shape) has")
        }
        // Any order is allowed where 'sorted' is 0; the sorted one is as good as any.
        _ = try call.flag("sorted", default: true)
        let largest = try call.flag("largest", default: true)
        guard let type = input.elementType.numericType else { throw call.unsupportedType(input) }
        let rows = ReducedRows(input, axes: [axis])
        return input.elementType == .float32
            ? greatest(rows, count, largest, Float.self, input.shape, axis)
            : greatest(rows, count, largest, type, input.shape, axis)
    }

    /// Of equal elements the one with the lower index comes first.
    private static func greatest<Element: NumericElement>(
        _ rows: ReducedRows, _ count: Int, _ largest: Bool, _: Element.Type, _ shape: Shape, _ axis: Int
    ) -> [Tensor] {
        let elements = rows.elements.array(of: Element.self)
        var values: [Element] = []
        var places: [Int64] = []
        for row in 0..<rows.rowCount {
            let start = row * rows.extent
            let order = (start..<start + rows.extent).sorted { left, right in
                if elements[left] != elements[right] {
                    return largest ? elements[left] > elements[right] : elements[left] < elements[right]
                }
                return left < right
            }
            for place in order.prefix(count) {
                values.append(elements[place])
                places.append(Int64(place - start))
            }
        }
        // Rows of results still have the axis last; move it back to its place.
        var dimensions = shape.dimensions
        dimensions.remove(at: axis)
        dimensions.append(count)
        var order = Array(0..<shape.rank - 1)
        order.insert(shape.rank - 1, at: axis)
        return [
            IndexedCopy.transposed(Tensor(values, shape: Shape(dimensions)), order: order),
            IndexedCopy.transposed(Tensor(places, shape: Shape(dimensions)), order: order),
        ]
    }

    // MARK: NonMaxSuppression

    private static func suppress(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let boxes = try call.input(0, of: [.float32])
        let scores = try call.input(1, of: [.float32])
        guard boxes.shape.rank == 3, scores.shape.rank == 3, boxes.shape[2] == 4, boxes.shape[0] == scores.shape[0],
            boxes.shape[1] == scores.shape[2]
        else { throw call.failure("boxes of \(boxes.shape) and scores of \(scores.shape) do not fit") }
        let limit = try call.integer(2) ?? 0
        let overlap = try threshold(3, call) ?? 0
        let leastScore = try threshold(4, call)
        let isCentred = try call.flag("center_point_box", default: false)
        let corners = Self.corners(boxes.array(of: Float.self), isCentred)
        let scoreValues = scores.array(of: Float.self)
        let count = boxes.shape[1]
        var selected: [Int64] = []
        for image in 0..<scores.shape[0] {
            for label in 0..<scores.shape[1] {
                let start = (image * scores.shape[1] + label) * count
                let candidates = (0..<count).filter { index in
                    leastScore.map { scoreValues[start + index] > $0 } ?? true
                }
                .sorted { (scoreValues[start + $1], $0) < (scoreValues[start + $0], $1) }
                var kept: [Int] = []
                for candidate in candidates where kept.count < limit {
                    let box = corners[image * count + candidate]
                    let isFree = kept.allSatisfy { corners[image * count + $0].overlap(with: box) <= overlap }
                    if isFree { kept.append(candidate) }
                }
                selected += kept.flatMap { [Int64(image), Int64(label), Int64($0)] }
            }
        }
        return [Tensor(selected, shape: [selected.count / 3, 3])]
    }

    private static func threshold(_ index: Int, _ call: OperatorInvocation) throws(OperatorError) -> Float? {
        guard let tensor = call.optionalInput(index) else { return nil }
        guard tensor.elementType == .float32, tensor.elementCount == 1 else {
            throw call.failure("input \(index) is not one number")
        }
        return tensor.array(of: Float.self)[0]
    }

    private static func corners(_ values: [Float], _ isCentred: Bool) -> [CornerBox] {
        stride(from: 0, to: values.count, by: 4).map { start in
            let (a, b, c, d) = (values[start], values[start + 1], values[start + 2], values[start + 3])
            // Centred boxes are (x, y, width, height); others two opposite corners, each (y, x).
            return isCentred
                ? CornerBox(left: a - c / 2, top: b - d / 2, right: a + c / 2, bottom: b + d / 2)
                : CornerBox(left: min(b, d), top: min(a, c), right: max(b, d), bottom: max(a, c))
        }
    }

    private struct CornerBox {
        let left: Float
        let top: Float
        let right: Float
        let bottom: Float

        var area: Float { (right - left) * (bottom - top) }

        /// Intersection over union; 0 where either box is empty.
        func overlap(with other: CornerBox) -> Float {
            let width = min(right, other.right) - max(left, other.left)
            let height = min(bottom, other.bottom) - max(top, other.top)
            guard width > 0, height > 0, area > 0, other.area > 0 else { return 0 }
            let intersection = width * height
            return intersection / (area + other.area - intersection)
        }
    }
}
