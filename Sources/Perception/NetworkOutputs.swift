/// The outputs of one inference, in the order in which a decoder asks for them (`outputNames`).
///
/// Only pointers are kept: they must stay valid until the decoder has returned, which with an engine's own output
/// memory means until its next run. Takes no memory of its own.
public struct NetworkOutputs {
    /// Outputs that fit: boxes, classes and coefficients of five scales, and prototypes.
    public static let capacity = 16

    private var buffers: [16 of UnsafeBufferPointer<Float>]
    public private(set) var count = 0

    public init() {
        buffers = .init(repeating: UnsafeBufferPointer(start: nil, count: 0))
    }

    public init(_ first: UnsafeBufferPointer<Float>) {
        self.init()
        append(first)
    }

    public init(_ first: UnsafeBufferPointer<Float>, _ second: UnsafeBufferPointer<Float>) {
        self.init(first)
        append(second)
    }

    /// - Precondition: fewer than ``capacity`` outputs were added.
    public mutating func append(_ buffer: UnsafeBufferPointer<Float>) {
        precondition(count < Self.capacity, "more than \(Self.capacity) outputs")
        buffers[count] = buffer
        count += 1
    }

    /// The buffer at a place; empty where none was added.
    subscript(index: Int) -> UnsafeBufferPointer<Float> {
        index < count ? buffers[index] : UnsafeBufferPointer(start: nil, count: 0)
    }
}
