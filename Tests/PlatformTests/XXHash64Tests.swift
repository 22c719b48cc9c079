import Platform
import Testing

@Suite("XXH64")
struct XXHash64Tests {
    /// Bytes that the reference implementation's own test uses.
    private static let sanityBuffer: [UInt8] = {
        var generator: UInt64 = 2_654_435_761
        return (0..<222).map { _ in
            let byte = UInt8(generator >> 56)
            generator &*= 11_400_714_785_074_694_797
            return byte
        }
    }()

    @Test(
        "digests are those of the reference implementation",
        arguments: [
            (0, UInt64(0), UInt64(0xEF46_DB37_51D8_E999)), (0, 2_654_435_761, 0xAC75_FDA2_929B_17EF),
            (1, 0, 0xE934_A84A_DB05_2768), (4, 0, 0x9136_A0DC_A574_57EE), (14, 0, 0x8282_DCC4_994E_35C8),
            (222, 0, 0xB641_AE8C_B691_C174), (222, 2_654_435_761, 0x20CB_8AB7_AE10_C14A),
        ])
    func reference(count: Int, seed: UInt64, expected: UInt64) {
        let digest = Self.sanityBuffer[..<count].withUnsafeBytes { XXHash64.digest($0, seed: seed) }
        #expect(digest == expected)
    }

    @Test("texts are digested as UTF-8")
    func texts() {
        #expect(XXHash64.digest("abc") == 0x44BC_2CF5_AD77_0999)
    }
}
