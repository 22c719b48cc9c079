/// Something in a file that contradicts the format, with the byte where it was noticed.
public struct MCAPDamage: Error, Hashable, Sendable {
    /// Bytes from the start of the file; within a compressed chunk, where the chunk begins.
    public var offset: Int
    public var detail: String

    public init(offset: Int, _ detail: String) {
        self.offset = offset
        self.detail = detail
    }
}

extension MCAPDamage: CustomStringConvertible {
    public var description: String { "byte \(offset): \(detail)" }
}
