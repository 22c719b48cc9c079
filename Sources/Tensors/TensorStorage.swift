/// Reference-counted bytes on a 64-byte boundary.
///
/// `@unchecked Sendable` because the bytes are only written through ``Tensor``, which copies the storage first unless it
/// holds the only reference: nothing that two threads can both reach is ever written.
final class TensorStorage: @unchecked Sendable {
    static let alignment = 64

    let bytes: UnsafeMutableRawBufferPointer

    /// Zeroed bytes.
    init(byteCount: Int) {
        bytes = .allocate(byteCount: max(byteCount, 1), alignment: Self.alignment)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }

    init(copying other: TensorStorage) {
        bytes = .allocate(byteCount: other.bytes.count, alignment: Self.alignment)
        bytes.copyMemory(from: UnsafeRawBufferPointer(other.bytes))
    }

    deinit {
        bytes.deallocate()
    }
}
