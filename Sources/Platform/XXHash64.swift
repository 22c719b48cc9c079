/// XXH64, a fast digest of bytes: for checksums and cache keys, not against forgery.
///
/// Specification: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md. On big-endian machines digests would differ.
public enum XXHash64 {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    /// The digest of `bytes`. Digests of several pieces are chained by giving each the one before as seed.
    public static func digest(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return avalanche(seed &+ prime5) }
        let end = base + bytes.count
        var next = base
        var hash: UInt64
        if bytes.count >= 32 {
            var lanes = (seed &+ prime1 &+ prime2, seed &+ prime2, seed, seed &- prime1)
            while end - next >= 32 {
                lanes.0 = round(lanes.0, next.loadUnaligned(as: UInt64.self))
                lanes.1 = round(lanes.1, (next + 8).loadUnaligned(as: UInt64.self))
                lanes.2 = round(lanes.2, (next + 16).loadUnaligned(as: UInt64.self))
                lanes.3 = round(lanes.3, (next + 24).loadUnaligned(as: UInt64.self))
                next += 32
            }
            hash = rotated(lanes.0, 1) &+ rotated(lanes.1, 7) &+ rotated(lanes.2, 12) &+ rotated(lanes.3, 18)
            hash = merged(hash, lanes.0)
            hash = merged(hash, lanes.1)
            hash = merged(hash, lanes.2)
            hash = merged(hash, lanes.3)
        } else {
            hash = seed &+ prime5
        }
        hash = hash &+ UInt64(bytes.count)
        while end - next >= 8 {
            hash = rotated(hash ^ round(0, next.loadUnaligned(as: UInt64.self)), 27) &* prime1 &+ prime4
            next += 8
        }
        if end - next >= 4 {
            hash = rotated(hash ^ (UInt64(next.loadUnaligned(as: UInt32.self)) &* prime1), 23) &* prime2 &+ prime3
            next += 4
        }
        while next < end {
            hash = rotated(hash ^ (UInt64(next.load(as: UInt8.self)) &* prime5), 11) &* prime1
            next += 1
        }
        return avalanche(hash)
    }

    /// The digest of a text's UTF-8 bytes.
    public static func digest(_ text: String, seed: UInt64 = 0) -> UInt64 {
        var text = text
        return text.withUTF8 { digest(UnsafeRawBufferPointer($0), seed: seed) }
    }

    @inline(__always)
    private static func rotated(_ value: UInt64, _ count: UInt64) -> UInt64 {
        value &<< count | value &>> (64 &- count)
    }

    @inline(__always)
    private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        rotated(lane &+ input &* prime2, 31) &* prime1
    }

    @inline(__always)
    private static func merged(_ hash: UInt64, _ lane: UInt64) -> UInt64 {
        (hash ^ round(0, lane)) &* prime1 &+ prime4
    }

    private static func avalanche(_ value: UInt64) -> UInt64 {
        var hash = value
        hash = (hash ^ hash >> 33) &* prime2
        hash = (hash ^ hash >> 29) &* prime3
        return hash ^ hash >> 32
    }
}
