/// A pixel format's code: four characters, the first in the lowest byte.
public struct FourCC: Hashable, Sendable {
    public var code: UInt32

    public init(code: UInt32) {
        self.code = code
    }

    /// A code from its four ASCII characters; nil for any other text.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 4, bytes.allSatisfy({ (0x20..<0x7f).contains($0) }) else { return nil }
        code = bytes.enumerated().reduce(0) { $0 | UInt32($1.element) << (8 * UInt32($1.offset)) }
    }
}

extension FourCC: CustomStringConvertible, ExpressibleByStringLiteral {
    public init(stringLiteral text: StaticString) {
        code = 0
        for index in 0..<min(text.utf8CodeUnitCount, 4) { code |= UInt32(text.utf8Start[index]) << (8 * UInt32(index)) }
    }

    /// The characters; those that do not print are written as dots, and trailing spaces are kept out.
    public var description: String {
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: code >> (8 * $0)) & 0x7f }
        var text = String(decoding: bytes.map { (0x20..<0x7f).contains($0) ? $0 : UInt8(ascii: ".") }, as: UTF8.self)
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }
}
