import Messages
import Platform

/// Pairs a camera's frames with those of the other cameras by their capture times, and raises a cause for each other camera
/// that has had no partner for a second.
///
/// Belongs to the loop's thread of one camera and allocates nothing while frames pair.
package struct PairMonitor {
    /// What was found for one other camera.
    package struct Pairing: Sendable {
        /// Frames that have a partner within the bound, and those that have none.
        package var paired = 0
        package var alone = 0
        /// The partner of the last frame, and how much later it was captured, nanoseconds; nil when that frame has none.
        package var partner: (number: UInt64, skew: Int64)?
        package var largestSkew: Int64 = 0
        /// When the last pair was found.
        package var last: MonotonicTime?
    }

    private let board: StampBoard
    private let others: [Int]
    /// Nanoseconds that the frames of a pair may be apart.
    let bound: Int64
    private let signals: [HealthSignal]
    private let begin: MonotonicTime
    package private(set) var pairings: [Pairing]

    static let patience: Int64 = 1_000_000_000

    package init(board: StampBoard, own: Int, bound: Int64, health: HealthBoard, now: MonotonicTime = .now) {
        self.board = board
        self.bound = bound
        begin = now
        others = board.cameras.indices.filter { $0 != own }
        pairings = others.map { _ in Pairing() }
        let milliseconds = Double(bound) / 1e6
        signals = others.map { other in
            health.signal(.cameraSlow, stage: board.cameras[own] + "/" + board.cameras[other], unit: "ms") {
                amount, _ in
                "no frame of \(board.cameras[other]) within \(milliseconds) ms of one of \(board.cameras[own]) "
                    + "for \(Int(amount)) ms"
            }
        }
    }

    /// Names of the other cameras, in the order of ``pairings``.
    package var names: [String] { others.map { board.cameras[$0] } }

    /// The name of one of the other cameras.
    func name(_ index: Int) -> String { board.cameras[others[index]] }

    /// Looks for the partners of a frame.
    package mutating func add(capture: MonotonicTime, now: MonotonicTime) {
        for index in others.indices {
            let partner = board.partner(in: others[index], of: capture, bound: bound)
            pairings[index].partner = partner
            if let partner {
                pairings[index].paired += 1
                pairings[index].largestSkew = max(pairings[index].largestSkew, abs(partner.skew))
                pairings[index].last = now
                signals[index].clear(now: now)
                continue
            }
            pairings[index].alone += 1
            let since = pairings[index].last ?? begin
            if now - since > Self.patience { signals[index].raise(amount: Double(now - since) / 1e6, since: since) }
        }
    }
}
