import CAV
import Glibc

/// Constants that FFmpeg's headers define by macros which Swift does not import.
package enum AVConstants {
    /// `AV_NOPTS_VALUE`
    package static let noTimestamp = Int64.min
    /// `AVERROR_EOF`
    package static let endOfFile = -tag("E", "O", "F", " ")
    /// `AVERROR(EAGAIN)`
    package static let again = -EAGAIN
    /// `AVERROR_EXIT`: stopped by the interrupt callback.
    package static let exit = -tag("E", "X", "I", "T")
    /// `AV_TIME_BASE`
    package static let timeBase: Double = 1_000_000

    private static func tag(_ a: Unicode.Scalar, _ b: Unicode.Scalar, _ c: Unicode.Scalar, _ d: Unicode.Scalar) -> Int32
    {
        Int32(bitPattern: a.value | b.value << 8 | c.value << 16 | d.value << 24)
    }

    /// The text of an FFmpeg error code.
    package static func message(_ code: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            guard let base = buffer.baseAddress, av_strerror(code, base, buffer.count) == 0 else {
                return "error \(code)"
            }
            return String(cString: base)
        }
    }
}
