/// The extents of a tensor, outermost dimension first. A shape of rank 0 is a scalar.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral {
    public var dimensions: [Int]

    public init(_ dimensions: [Int]) {
        self.dimensions = dimensions
    }

    public init(arrayLiteral elements: Int...) {
        dimensions = elements
    }

    public var rank: Int { dimensions.count }

    public subscript(axis: Int) -> Int {
        get { dimensions[axis] }
        set { dimensions[axis] = newValue }
    }

    /// The number of elements; 1 for a scalar.
    ///
    /// - Precondition: the product fits in an `Int`. Shapes read from files go through ``checkedElementCount`` first.
    public var elementCount: Int { dimensions.reduce(1, *) }

    /// The number of elements, or nil when a dimension is negative or a product of extents overflows.
    ///
    /// Extents of zero are left out of that product: a shape that passes has ``strides`` too.
    public var checkedElementCount: Int? {
        var product = 1
        var isEmpty = false
        for dimension in dimensions {
            guard dimension >= 0 else { return nil }
            isEmpty = isEmpty || dimension == 0
            let (next, overflow) = product.multipliedReportingOverflow(by: max(dimension, 1))
            guard !overflow else { return nil }
            product = next
        }
        return isEmpty ? 0 : product
    }

    /// The bytes that a tensor of this shape takes, or nil when a dimension is negative or the size overflows.
    public func checkedByteCount(of elementType: ElementType) -> Int? {
        guard let count = checkedElementCount else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: elementType.byteCount)
        return overflow ? nil : bytes
    }

    /// Row-major strides, in elements.
    public var strides: [Int] {
        var strides = [Int](repeating: 1, count: rank)
        for axis in dimensions.indices.dropLast().reversed() {
            strides[axis] = strides[axis + 1] * dimensions[axis + 1]
        }
        return strides
    }

    /// The index of an axis counted from the front, where negative ones count from the back; nil when out of range.
    public func normalizedAxis(_ axis: Int) -> Int? {
        let normalized = axis < 0 ? axis + rank : axis
        return dimensions.indices.contains(normalized) ? normalized : nil
    }

    /// The shape of an elementwise operation on both operands after multidirectional broadcasting, as ONNX defines it;
    /// nil when the shapes do not fit.
    public func broadcast(with other: Shape) -> Shape? {
        let rank = max(rank, other.rank)
        var result = [Int](repeating: 1, count: rank)
        for axis in 0..<rank {
            let left = axis < rank - self.rank ? 1 : self[axis - (rank - self.rank)]
            let right = axis < rank - other.rank ? 1 : other[axis - (rank - other.rank)]
            guard left == right || left == 1 || right == 1 else { return nil }
            result[axis] = left == 1 ? right : left
        }
        return Shape(result)
    }
}

extension Shape: CustomStringConvertible {
    public var description: String {
        dimensions.isEmpty ? "scalar" : dimensions.map(String.init).joined(separator: "x")
    }
}
