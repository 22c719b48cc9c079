import Tensors

/// Scales and zero points of a tensor, one for all of it, one per index along an axis, or one per block of indices.
struct BlockParameters {
    let scales: [Float]
    let zeroPoints: [Int64]

    /// For each axis and index: what it contributes to the place among the parameters.
    private let tables: [[Int]]
    private let elementCount: Int

    init(_ call: OperatorInvocation, _ shape: Shape) throws(OperatorError) {
        let scale = try call.input(1, of: [.float32])
        scales = scale.array(of: Float.self)
        guard scales.allSatisfy({ $0.isFinite && $0 > 0 }) else {
            throw call.failure("a scale is not a positive number")
        }
        if let zeroPoint = call.optionalInput(2) {
            guard zeroPoint.shape == scale.shape || (zeroPoint.elementCount == 1 && scale.elementCount == 1) else {
                throw call.failure("zero points of \(zeroPoint.shape) do not fit scales of \(scale.shape)")
            }
            zeroPoints = ConversionOperators.convert(zeroPoint, to: .int64).array(of: Int64.self)
        } else {
            zeroPoints = Array(repeating: 0, count: scales.count)
        }
        elementCount = shape.elementCount
        tables = try Self.tables(call, shape, scale.shape)
    }

    private static func tables(
        _ call: OperatorInvocation, _ shape: Shape, _ scale: Shape
    ) throws(OperatorError) -> [[Int]] {
        var tables = shape.dimensions.map { [Int](repeating: 0, count: $0) }
        let block = try call.int("block_size", default: 0)
        guard block >= 0 else { throw call.unsupported("block_size", "\(block) is negative") }
        if scale.elementCount == 1, block == 0 { return tables }
        let axis = try call.axis(try call.int("axis", default: 1), of: shape)
        if block == 0 {
            guard scale == [shape[axis]] else {
                throw call.failure("scales of \(scale) do not fit axis \(axis) of \(shape)")
            }
            tables[axis] = Array(0..<shape[axis])
            return tables
        }
        var expected = shape
        expected[axis] = (shape[axis] + block - 1) / block
        guard scale == expected else {
            throw call.failure("scales of \(scale) do not fit blocks of \(block) along axis \(axis) of \(shape)")
        }
        let strides = scale.strides
        for place in tables.indices {
            tables[place] = (0..<shape[place]).map { ($0 / (place == axis ? block : 1)) * strides[place] }
        }
        return tables
    }

    /// Calls `body` with every element's flat index and the place of its parameters.
    @inline(__always)
    func forEachElement(_ body: (_ index: Int, _ place: Int) -> Void) {
        if scales.count == 1 {
            for index in 0..<elementCount { body(index, 0) }
            return
        }
        let row = tables.last ?? [0]
        var start = 0
        IndexedCopy.forEachBase(Array(tables.dropLast())) { base in
            for index in row.indices { body(start + index, base + row[index]) }
            start += row.count
        }
    }
}
