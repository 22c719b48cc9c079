import Platform
import Synchronization

/// The latest capture times of several cameras, so that frames can be paired. Nobody waits for anybody: a camera that has
/// stopped just has old times here.
public final class StampBoard: Sendable {
    /// Times that are kept of each camera: more than a camera captures while another one's frame is worked on.
    static let depth = 16

    /// One camera's times: a ring that its feeder writes and anybody reads.
    final class Ring: @unchecked Sendable {
        // Sendable without checking is sound: all state is atomic, at fixed addresses for the object's life.
        private let times: UnsafeMutablePointer<Atomic<Int64>>
        private let numbers: UnsafeMutablePointer<Atomic<UInt64>>
        private let count = Atomic<Int>(0)

        init() {
            times = .allocate(capacity: StampBoard.depth)
            numbers = .allocate(capacity: StampBoard.depth)
            for index in 0..<StampBoard.depth {
                (times + index).initialize(to: Atomic(.min))
                (numbers + index).initialize(to: Atomic(0))
            }
        }

        deinit {
            times.deinitialize(count: StampBoard.depth)
            numbers.deinitialize(count: StampBoard.depth)
            times.deallocate()
            numbers.deallocate()
        }

        func note(_ time: Int64, number: UInt64) {
            let index = count.load(ordering: .relaxed) % StampBoard.depth
            // A reader that comes between the two stores finds no time, not a wrong pair.
            times[index].store(.min, ordering: .relaxed)
            numbers[index].store(number, ordering: .releasing)
            times[index].store(time, ordering: .releasing)
            count.wrappingAdd(1, ordering: .releasing)
        }

        /// The frame whose time is nearest to `time`, if it is within `bound`.
        func nearest(to time: Int64, bound: Int64) -> (number: UInt64, skew: Int64)? {
            var best: (number: UInt64, skew: Int64)?
            for index in 0..<StampBoard.depth {
                let other = times[index].load(ordering: .acquiring)
                guard other != .min else { continue }
                let number = numbers[index].load(ordering: .acquiring)
                guard times[index].load(ordering: .acquiring) == other else { continue }
                let skew = other - time
                if abs(skew) <= bound, abs(skew) < best.map({ abs($0.skew) }) ?? .max { best = (number, skew) }
            }
            return best
        }
    }

    /// Notes one camera's times.
    public struct Writer: Sendable {
        let ring: Ring

        package func note(_ time: MonotonicTime, number: UInt64) {
            ring.note(time.nanoseconds, number: number)
        }
    }

    public let cameras: [String]
    private let rings: [Ring]

    public init(cameras: [String]) {
        self.cameras = cameras
        rings = cameras.map { _ in Ring() }
    }

    public func writer(for index: Int) -> Writer { Writer(ring: rings[index]) }

    /// The other camera's frame that was captured at nearly the same time.
    ///
    /// - Parameters:
    ///   - camera: the other camera's index.
    ///   - bound: nanoseconds that the two may be apart.
    /// - Returns: its number, and how much later than `time` it was captured; nil when it has none within the bound.
    public func partner(
        in camera: Int, of time: MonotonicTime, bound: Int64
    ) -> (number: UInt64, skew: Int64)? {
        rings[camera].nearest(to: time.nanoseconds, bound: bound)
    }
}
