/// What a publisher does for a subscriber that does not keep up. Every message that is lost is counted and told to the
/// subscriber with the next one (`droppedBefore`).
public enum QueuePolicy: Sendable, Equatable {
    /// Keep the newest message only.
    case latest
    /// Keep the newest `n` messages.
    case dropOldest(Int)
    /// Keep the oldest `n` messages; new ones are lost while the queue is full.
    case dropNewest(Int)
    /// Keep `n` messages and hang up when one more comes.
    case disconnect(Int)

    /// Depths beyond this are refused.
    static let depthLimit = 65_536

    var depth: Int {
        switch self {
        case .latest: 1
        case .dropOldest(let depth), .dropNewest(let depth), .disconnect(let depth): depth
        }
    }

    /// Messages that may wait in the kernel, where nothing can be replaced any more. Two of these rounds fit at most.
    var kernelAllowance: Int { min(depth, 16) }

    var code: UInt8 {
        switch self {
        case .latest: 0
        case .dropOldest: 1
        case .dropNewest: 2
        case .disconnect: 3
        }
    }

    init?(code: UInt8, depth: Int) {
        guard 1...Self.depthLimit ~= depth else { return nil }
        switch code {
        case 0: self = .latest
        case 1: self = .dropOldest(depth)
        case 2: self = .dropNewest(depth)
        case 3: self = .disconnect(depth)
        default: return nil
        }
    }
}
