import CKernels
import TestSupport
import Testing

@Suite("Checksums")
struct ChecksumTests {
    /// One bit at a time, from the definition.
    static func plain(_ bytes: [UInt8]) -> UInt32 {
        var state = UInt32.max
        for byte in bytes {
            state ^= UInt32(byte)
            for _ in 0..<8 { state = state & 1 == 1 ? state >> 1 ^ 0xEDB8_8320 : state >> 1 }
        }
        return ~state
    }

    @Test("CRC-32 equals its definition at every length and alignment")
    func equalsDefinition() {
        var generator = SeededGenerator(seed: 1)
        let bytes = (0..<700).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(Self.plain(Array("123456789".utf8)) == 0xCBF4_3926)
        for length in 0..<400 {
            let start = length % 37
            let part = Array(bytes[start..<start + length])
            let expected = Self.plain(part)
            bytes.withUnsafeBytes { all in
                let address = all.baseAddress! + start
                #expect(sightline_crc32(0, address, length) == expected)
                #expect(sightline_crc32_portable(0, address, length) == expected)
                let half = length / 2
                let first = sightline_crc32(0, address, half)
                #expect(sightline_crc32(first, address + half, length - half) == expected)
            }
        }
    }
}
