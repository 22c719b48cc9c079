/// Where each root buffer lies in the arena.
package struct ArenaPlan {
    /// A buffer's claim on the arena: bytes, from the first step that writes it to the last that reads it.
    package struct Claim: Hashable {
        package var buffer: Int
        package var byteCount: Int
        package var first: Int
        package var last: Int

        package init(buffer: Int, byteCount: Int, first: Int, last: Int) {
            self.buffer = buffer
            self.byteCount = byteCount
            self.first = first
            self.last = last
        }

        package func meets(_ other: Claim) -> Bool { first <= other.last && other.first <= last }
    }

    package static let alignment = 64

    package private(set) var offsets: [Int: Int] = [:]
    package private(set) var byteCount = 0

    /// Places claims, largest first, each in the smallest gap that it fits among those alive at the same time.
    ///
    /// Complexity: quadratic in the number of claims.
    package init(_ claims: [Claim]) {
        var placed: [(claim: Claim, offset: Int)] = []
        let ordered = claims.sorted { ($0.byteCount, $1.buffer) > ($1.byteCount, $0.buffer) }
        for claim in ordered {
            let neighbours = placed.filter { $0.claim.meets(claim) }.sorted { $0.offset < $1.offset }
            let offset = Self.bestOffset(for: claim.byteCount, among: neighbours)
            placed.append((claim, offset))
            offsets[claim.buffer] = offset
            byteCount = max(byteCount, offset + Self.aligned(claim.byteCount))
        }
    }

    private static func bestOffset(for byteCount: Int, among neighbours: [(claim: Claim, offset: Int)]) -> Int {
        var best: (offset: Int, gap: Int)?
        var end = 0
        for neighbour in neighbours {
            let gap = neighbour.offset - end
            if gap >= byteCount && gap < best?.gap ?? .max { best = (end, gap) }
            end = max(end, neighbour.offset + aligned(neighbour.claim.byteCount))
        }
        return best?.offset ?? end
    }

    package static func aligned(_ byteCount: Int) -> Int { (byteCount + alignment - 1) / alignment * alignment }
}
