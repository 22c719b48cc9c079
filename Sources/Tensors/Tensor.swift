/// A dense row-major array of one element type: a value, copied on write.
public struct Tensor: Sendable {
    public private(set) var shape: Shape
    public let elementType: ElementType
    private var storage: TensorStorage

    /// A tensor of zeros.
    ///
    /// - Precondition: the shape has no negative dimension and its byte count fits in an `Int`.
    public init(zeros shape: Shape, elementType: ElementType) {
        self.shape = shape
        self.elementType = elementType
        storage = TensorStorage(byteCount: shape.elementCount * elementType.byteCount)
    }

    /// A tensor with the given elements in row-major order.
    ///
    /// - Precondition: `elements.count == shape.elementCount`.
    public init<Element: TensorElement>(_ elements: [Element], shape: Shape) {
        self.init(zeros: shape, elementType: Element.elementType)
        precondition(elements.count == shape.elementCount, "\(elements.count) elements do not fill \(shape)")
        elements.withUnsafeBytes { storage.bytes.copyMemory(from: $0) }
    }

    /// A scalar (rank 0).
    public init<Element: TensorElement>(scalar element: Element) {
        self.init([element], shape: [])
    }

    /// A tensor whose elements are copied from bytes in native order.
    ///
    /// - Precondition: `bytes.count == shape.elementCount * elementType.byteCount`.
    public init(copying bytes: UnsafeRawBufferPointer, shape: Shape, elementType: ElementType) {
        self.init(zeros: shape, elementType: elementType)
        precondition(bytes.count == byteCount, "\(bytes.count) bytes do not fill \(shape) of \(elementType)")
        storage.bytes.copyMemory(from: bytes)
    }

    public var elementCount: Int { shape.elementCount }

    public var byteCount: Int { elementCount * elementType.byteCount }

    /// The same elements under another shape.
    ///
    /// - Precondition: both shapes have the same number of elements.
    public func reshaped(to shape: Shape) -> Tensor {
        precondition(shape.elementCount == elementCount, "\(self.shape) cannot become \(shape)")
        var copy = self
        copy.shape = shape
        return copy
    }
}

// MARK: - Elements

extension Tensor {
    /// Calls `body` with the elements in row-major order.
    ///
    /// - Precondition: `Element` is the tensor's element type.
    public func withElements<Element: TensorElement, Result, Failure: Error>(
        as type: Element.Type = Element.self, _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(Element.elementType == elementType, "elements are \(elementType), not \(Element.elementType)")
        let pointer = UnsafeRawPointer(storage.bytes.baseAddress)?.assumingMemoryBound(to: Element.self)
        let result = try body(UnsafeBufferPointer(start: pointer, count: elementCount))
        withExtendedLifetime(storage) {}
        return result
    }

    /// Calls `body` with the elements in row-major order, to be changed in place; copies them first if they are shared.
    ///
    /// - Precondition: `Element` is the tensor's element type.
    public mutating func withMutableElements<Element: TensorElement, Result, Failure: Error>(
        as type: Element.Type = Element.self, _ body: (UnsafeMutableBufferPointer<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(Element.elementType == elementType, "elements are \(elementType), not \(Element.elementType)")
        makeStorageUnique()
        let pointer = storage.bytes.baseAddress?.assumingMemoryBound(to: Element.self)
        let result = try body(UnsafeMutableBufferPointer(start: pointer, count: elementCount))
        withExtendedLifetime(storage) {}
        return result
    }

    /// Calls `body` with the raw bytes, native order.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let result = try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(storage.bytes)[..<byteCount]))
        withExtendedLifetime(storage) {}
        return result
    }

    /// Calls `body` with the raw bytes, to be changed in place; copies them first if they are shared.
    public mutating func withMutableBytes<Result, Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        makeStorageUnique()
        let result = try body(UnsafeMutableRawBufferPointer(rebasing: storage.bytes[..<byteCount]))
        withExtendedLifetime(storage) {}
        return result
    }

    /// The elements as an array, in row-major order.
    ///
    /// - Precondition: `Element` is the tensor's element type.
    public func array<Element: TensorElement>(of type: Element.Type = Element.self) -> [Element] {
        withElements(as: Element.self) { Array($0) }
    }

    private mutating func makeStorageUnique() {
        if !isKnownUniquelyReferenced(&storage) { storage = TensorStorage(copying: storage) }
    }
}

extension Tensor: Equatable {
    /// Same shape, element type and bytes; NaNs with equal bits are equal, +0 and -0 are not.
    public static func == (left: Tensor, right: Tensor) -> Bool {
        left.shape == right.shape && left.elementType == right.elementType
            && left.withBytes { leftBytes in right.withBytes { leftBytes.elementsEqual($0) } }
    }
}
