import Tensors

/// A short digest of calibration samples: FNV-1a over 64-bit words.
///
/// It tells apart files that were made with different pictures; it is no protection against forgery.
package struct SampleDigest {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    package mutating func add(_ sample: [String: Tensor]) {
        for name in sample.keys.sorted() {
            for byte in name.utf8 { mix(UInt64(byte)) }
            sample[name]?.withBytes { bytes in
                let words = bytes.count / 8
                for word in 0..<words { mix(bytes.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self)) }
                for byte in bytes[(words * 8)...] { mix(UInt64(byte)) }
            }
        }
    }

    private mutating func mix(_ word: UInt64) {
        state = (state ^ word) &* 0x0000_0100_0000_01b3
        // The product carries low bits up only; bring the high ones down.
        state ^= state >> 32
    }

    package var text: String {
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
