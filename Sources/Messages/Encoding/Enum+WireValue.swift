import SwiftProtobuf

extension SwiftProtobuf.Enum where RawValue == Int {
    /// The value as it is written: negative ones as 64-bit two's complement.
    var wireValue: UInt64 { UInt64(bitPattern: Int64(rawValue)) }
}
