/// Writes protobuf's wire format into memory that the caller owns, without allocating.
///
/// The bytes equal those of swift-protobuf as long as fields are written in the order of their numbers: varints are
/// minimal, scalar fields that hold their default are left out, the length of a nested message is filled in afterwards.
/// A buffer that is too small sets ``overflowed`` and further writes do nothing, so that callers check once at the end.
///
/// Source: https://protobuf.dev/programming-guides/encoding/
public struct ProtobufWriter: ~Copyable {
    private enum WireType {
        static let varint: UInt64 = 0
        static let fixed64: UInt64 = 1
        static let lengthDelimited: UInt64 = 2
        static let fixed32: UInt64 = 5
    }

    private let buffer: UnsafeMutableRawBufferPointer

    /// Bytes written so far.
    public private(set) var count = 0

    /// True once something did not fit; ``count`` is then meaningless.
    public private(set) var overflowed = false

    /// The buffer must outlive the writer.
    public init(_ buffer: UnsafeMutableRawBufferPointer) {
        self.buffer = buffer
    }

    // MARK: Fields that are left out when they hold their default

    public mutating func unsigned(_ field: Int, _ value: UInt64) {
        if value != 0 { presentUnsigned(field, value) }
    }

    public mutating func unsigned(_ field: Int, _ value: UInt32) {
        unsigned(field, UInt64(value))
    }

    public mutating func signed(_ field: Int, _ value: Int64) {
        unsigned(field, UInt64(bitPattern: value))
    }

    public mutating func boolean(_ field: Int, _ value: Bool) {
        unsigned(field, value ? 1 as UInt64 : 0)
    }

    public mutating func float(_ field: Int, _ value: Float) {
        if value.bitPattern != 0 { presentFloat(field, value) }
    }

    public mutating func string(_ field: Int, _ value: String) {
        if !value.isEmpty { presentString(field, value) }
    }

    public mutating func double(_ field: Int, _ value: Double) {
        if value.bitPattern != 0 {
            tag(field, WireType.fixed64)
            rawDouble(value)
        }
    }

    public mutating func fixed32(_ field: Int, _ value: UInt32) {
        if value != 0 {
            tag(field, WireType.fixed32)
            rawFloat(Float(bitPattern: value))
        }
    }

    // MARK: Fields that are always written: optional fields that are present, elements of repeated fields

    public mutating func presentUnsigned(_ field: Int, _ value: UInt64) {
        tag(field, WireType.varint)
        varint(value)
    }

    public mutating func presentFloat(_ field: Int, _ value: Float) {
        tag(field, WireType.fixed32)
        rawFloat(value)
    }

    public mutating func presentString(_ field: Int, _ value: String) {
        tag(field, WireType.lengthDelimited)
        let utf8 = value.utf8
        varint(UInt64(utf8.count))
        // A native string shows its bytes in place; only a bridged one is walked byte by byte.
        let copied: Void? = utf8.withContiguousStorageIfAvailable { rawBytes(UnsafeRawBufferPointer($0)) }
        if copied == nil {
            for byte in utf8 { self.byte(byte) }
        }
    }

    /// A nested message; an empty one is written too.
    public mutating func message(_ field: Int, _ body: (inout ProtobufWriter) -> Void) {
        tag(field, WireType.lengthDelimited)
        let lengthPosition = count
        byte(0)
        body(&self)
        guard !overflowed else { return }
        let length = count - lengthPosition - 1
        let extra = Self.varintSize(UInt64(length)) - 1
        if extra > 0 { shift(from: lengthPosition + 1, by: extra) }
        guard !overflowed else { return }
        let end = count
        count = lengthPosition
        varint(UInt64(length))
        count = end
    }

    /// `bytes`, also when there are none.
    public mutating func presentBytes(_ field: Int, _ value: UnsafeRawBufferPointer) {
        bytesHead(field, count: value.count)
        rawBytes(value)
    }

    /// What stands before `count` bytes of a field, for a caller that puts the bytes there without the writer.
    public mutating func bytesHead(_ field: Int, count: Int) {
        tag(field, WireType.lengthDelimited)
        varint(UInt64(count))
    }

    // MARK: Packed repeated fields

    /// `repeated double`, packed.
    public mutating func packedDoubles(_ field: Int, _ values: [Double]) {
        guard !values.isEmpty else { return }
        bytesHead(field, count: values.count * 8)
        for value in values { rawDouble(value) }
    }

    /// `repeated float`, packed. `value` is called once per element.
    public mutating func packedFloats(_ field: Int, count elements: Int, _ value: (Int) -> Float) {
        guard elements > 0 else { return }
        tag(field, WireType.lengthDelimited)
        varint(UInt64(elements) * 4)
        for index in 0..<elements { rawFloat(value(index)) }
    }

    /// `repeated uint32`, packed, from pairs. `pair` is called twice per pair: for the length, then for the bytes.
    public mutating func packedPairs(_ field: Int, count pairs: Int, _ pair: (Int) -> (UInt32, UInt32)) {
        guard pairs > 0 else { return }
        tag(field, WireType.lengthDelimited)
        var length = 0
        for index in 0..<pairs {
            let (first, second) = pair(index)
            length += Self.varintSize(UInt64(first)) + Self.varintSize(UInt64(second))
        }
        varint(UInt64(length))
        for index in 0..<pairs {
            let (first, second) = pair(index)
            varint(UInt64(first))
            varint(UInt64(second))
        }
    }

    // MARK: Wire

    /// Bytes of a minimal varint: 1 to 10.
    package static func varintSize(_ value: UInt64) -> Int {
        (70 - (value | 1).leadingZeroBitCount) / 7
    }

    private mutating func tag(_ field: Int, _ wireType: UInt64) {
        varint(UInt64(field) << 3 | wireType)
    }

    private mutating func varint(_ value: UInt64) {
        guard reserve(Self.varintSize(value)) else { return }
        var rest = value
        while rest >= 0x80 {
            buffer[count] = UInt8(truncatingIfNeeded: rest) | 0x80
            rest >>= 7
            count += 1
        }
        buffer[count] = UInt8(truncatingIfNeeded: rest)
        count += 1
    }

    private mutating func rawFloat(_ value: Float) {
        guard reserve(4) else { return }
        buffer.storeBytes(of: value.bitPattern.littleEndian, toByteOffset: count, as: UInt32.self)
        count += 4
    }

    private mutating func rawDouble(_ value: Double) {
        guard reserve(8) else { return }
        buffer.storeBytes(of: value.bitPattern.littleEndian, toByteOffset: count, as: UInt64.self)
        count += 8
    }

    private mutating func byte(_ value: UInt8) {
        guard reserve(1) else { return }
        buffer[count] = value
        count += 1
    }

    private mutating func rawBytes(_ bytes: UnsafeRawBufferPointer) {
        guard reserve(bytes.count) else { return }
        UnsafeMutableRawBufferPointer(rebasing: buffer[count..<count + bytes.count]).copyMemory(from: bytes)
        count += bytes.count
    }

    private mutating func shift(from start: Int, by distance: Int) {
        guard reserve(distance) else { return }
        let moved = UnsafeRawBufferPointer(rebasing: buffer[start..<count])
        UnsafeMutableRawBufferPointer(rebasing: buffer[start + distance..<count + distance]).copyMemory(from: moved)
        count += distance
    }

    private mutating func reserve(_ bytes: Int) -> Bool {
        if overflowed || bytes > buffer.count - count {
            overflowed = true
            return false
        }
        return true
    }
}
