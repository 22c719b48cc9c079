import Glibc

/// Reads numbers out of the small text files of /proc and /sys without allocating.
package enum ProcessFile {
    /// The `field`-th number (from 0) on the first line of an open file, words not counted.
    package static func number(in file: Int32, field: Int) -> Int64? {
        withUnsafeTemporaryAllocation(byteCount: 512, alignment: 8) { buffer in
            let length = pread(file, buffer.baseAddress, buffer.count, 0)
            guard length > 0 else { return nil }
            return number(in: UnsafeRawBufferPointer(rebasing: buffer[..<length]), field: field)
        }
    }

    package static func number(in text: UnsafeRawBufferPointer, field: Int) -> Int64? {
        var value: Int64 = 0
        var isInside = false
        var isWord = false
        var seen = 0
        for byte in text {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9") where !isWord:
                value = isInside ? value &* 10 &+ Int64(byte &- UInt8(ascii: "0")) : Int64(byte &- UInt8(ascii: "0"))
                isInside = true
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"):
                if isInside {
                    if seen == field { return value }
                    seen += 1
                }
                isInside = false
                isWord = false
                if byte == UInt8(ascii: "\n") { return nil }
            default:
                isWord = true
                isInside = false
            }
        }
        return isInside && seen == field ? value : nil
    }
}
