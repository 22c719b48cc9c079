/// Where things lie in the shared memory of a frame ring. All numbers are little-endian.
///
///     0      magic (u64), version (u32), slot count (u32), slot bytes (u64), offset of the first slot (u64)
///     64     a generation (u64) per slot; odd while the slot is being written
///     4096   the slots, each on a page boundary
struct FrameRingLayout: Equatable {
    static let magic: UInt64 = 0x3147_4E49_5246_4C53  // "SLFRING1"
    static let version: UInt32 = 1
    static let generationsOffset = 64
    static let pageBytes = 4096
    static let slotLimit = 64
    /// 256 MiB: a 16-bit RGBA frame of 8192 x 4096.
    static let slotByteLimit = 256 << 20

    let slotCount: Int
    /// Bytes of one slot, a multiple of the page.
    let slotBytes: Int

    var slotsOffset: Int { Self.pageBytes }
    var byteCount: Int { slotsOffset + slotCount * slotBytes }

    func offset(of slot: Int) -> Int { slotsOffset + slot * slotBytes }

    /// Nil when the numbers are outside of what is accepted.
    init?(slotCount: Int, slotBytes: Int) {
        guard 1...Self.slotLimit ~= slotCount, 1...Self.slotByteLimit ~= slotBytes else { return nil }
        self.slotCount = slotCount
        self.slotBytes = (slotBytes + Self.pageBytes - 1) / Self.pageBytes * Self.pageBytes
    }
}
