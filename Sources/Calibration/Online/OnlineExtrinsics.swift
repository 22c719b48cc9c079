import Glibc

/// Finds a camera's pitch and yaw while driving.
///
/// On a straight flat road, lane lines meet, and tracked points flow apart, at the direction of travel. Where that is in
/// the image tells how the camera is turned against the vehicle. One frame tells little (the vehicle nods and wanders),
/// so observations that pass the gates are averaged in blocks of some seconds, and blocks are averaged in turn; their
/// spread says how sure the result is. When new blocks leave the old ones, somebody has moved the camera, and it starts
/// afresh. Roll cannot be seen this way and stays as the file says.
///
/// A value: no clock, no file, no thread. Time comes with the observations. After its creation nothing is allocated.
public struct OnlineExtrinsics: Hashable, Sendable {
    /// What became of an observation.
    public enum Verdict: Hashable, Sendable {
        case accepted
        case tooSlow
        case turning
        case uncertain
        case curved
        case disagreeing
        /// Further from the file's angles than a mounting can be.
        case outOfReach
        /// The road's direction swings: a lane change or the beginning of a curve.
        case swinging
    }

    public enum Stage: Hashable, Sendable {
        /// Not enough seen yet; the share of what is needed.
        case collecting(share: Double)
        case calibrated
        /// The camera was moved; collecting anew, the share of what is needed.
        case remounted(share: Double)
    }

    /// The mean of some seconds of observations, degrees.
    public struct Block: Hashable, Sendable {
        public var pitch: Double
        public var yaw: Double
        /// Standard deviations of the observations in it.
        public var pitchSpread: Double
        public var yawSpread: Double
        /// Standard deviations of one observation in it, by its own account. Most of that is the road's unknown curvature, which
        /// is the same for all of them: many observations are no surer than one.
        public var pitchDeviation: Double
        public var yawDeviation: Double

        public init(
            pitch: Double, yaw: Double, pitchSpread: Double, yawSpread: Double, pitchDeviation: Double = 0,
            yawDeviation: Double = 0
        ) {
            self.pitch = pitch
            self.yaw = yaw
            self.pitchSpread = pitchSpread
            self.yawSpread = yawSpread
            self.pitchDeviation = pitchDeviation
            self.yawDeviation = yawDeviation
        }
    }

    public let options: OnlineOptions
    /// The mounting that the file gives.
    public let filed: Mounting
    public internal(set) var blocks: [Block] = []
    /// How often the camera was found to have been moved.
    public internal(set) var remounts = 0
    var hasBeenCalibrated = false
    /// Counts the blocks that were finished in this run: when it changes, ``mounting`` does.
    public private(set) var revision = 0

    private var current = BlockSum()
    /// Smoothed yaw of the road in degrees, and when it was seen.
    private var road: SIMD2<Double>?

    public init(mounting: Mounting, options: OnlineOptions = .init()) {
        filed = mounting
        self.options = options
        blocks.reserveCapacity(options.blocksKept + 1)
    }

    /// Takes where a frame's lane lines meet.
    ///
    /// - Parameters:
    ///   - seconds: when the frame was captured, on any clock that only goes forward.
    ///   - speed: metres a second, where it is known.
    ///   - yawRate: degrees a second, where it is known.
    ///   - noddingDegrees: how far the vehicle's springs turn the camera further down at this moment, where it is known.
    @discardableResult
    public mutating func observe(
        _ point: VanishingPoint, seconds: Double, speed: Double? = nil, yawRate: Double? = nil,
        noddingDegrees: Double = 0
    ) -> Verdict {
        if let verdict = refusal(speed, yawRate) { return verdict }
        guard point.bend <= options.greatestBend, point.curvature.magnitude <= options.greatestCurvature else {
            return .curved
        }
        guard point.disagreement <= options.greatestDisagreement else { return .disagreeing }
        let (seen, yaw) = Self.angles(of: point.direction, roll: filed.rollDegrees)
        let pitch = seen - noddingDegrees
        guard isWithinReach(pitch, yaw) else { return .outOfReach }
        if isSwinging(yaw: yaw, seconds: seconds) { return .swinging }
        return take(pitch: pitch, yaw: yaw, deviation: point.deviation, seconds: seconds)
    }

    /// Takes the direction in which the camera moved, from tracked points (see ``MotionDirection``).
    @discardableResult
    public mutating func observe(
        _ motion: MotionDirection, seconds: Double, speed: Double? = nil, yawRate: Double? = nil
    ) -> Verdict {
        if let verdict = refusal(speed, yawRate ?? motion.yawRate) { return verdict }
        guard motion.direction.z > 0.5 else { return .outOfReach }
        let (pitch, yaw) = Self.angles(of: motion.direction, roll: filed.rollDegrees)
        guard isWithinReach(pitch, yaw) else { return .outOfReach }
        return take(pitch: pitch, yaw: yaw, deviation: motion.deviation, seconds: seconds)
    }

    private func refusal(_ speed: Double?, _ yawRate: Double?) -> Verdict? {
        if let speed, speed < options.leastSpeed { return .tooSlow }
        if let yawRate, yawRate.magnitude > options.greatestYawRate { return .turning }
        return nil
    }

    private func isWithinReach(_ pitch: Double, _ yaw: Double) -> Bool {
        (pitch - filed.pitchDegrees).magnitude <= options.pitchReach
            && (yaw - filed.yawDegrees).magnitude <= options.yawReach
    }

    private mutating func take(pitch: Double, yaw: Double, deviation: SIMD2<Double>, seconds: Double) -> Verdict {
        let degrees = deviation / Angle.degree
        guard degrees.x <= options.greatestDeviation, degrees.y <= options.greatestDeviation else { return .uncertain }
        current.add(pitch: pitch, yaw: yaw, seconds: seconds, deviation: degrees)
        if current.seconds > options.blockPatience { current = BlockSum() }
        if current.acceptedSeconds >= options.blockSeconds, current.count >= options.blockObservations {
            finishBlock()
        }
        return .accepted
    }

    /// Pitch and yaw, in degrees, of a camera that sees straight ahead in a direction of its optical axes.
    static func angles(of direction: SIMD3<Double>, roll: Double) -> (pitch: Double, yaw: Double) {
        // To the camera body's axes (forward, left, up), with the roll taken back.
        let body =
            Matrix3.rotation(aboutX: roll * Angle.degree) * (Mounting.opticalToForward * direction)
        // Forward seen from the body is (cos yaw cos pitch, -sin yaw, cos yaw sin pitch).
        let yaw = atan2(-body.y, (body.x * body.x + body.z * body.z).squareRoot())
        return (atan2(body.z, body.x) / Angle.degree, yaw / Angle.degree)
    }

    /// Whether the smoothed direction of the road moves sideways faster than it may on a straight road.
    private mutating func isSwinging(yaw: Double, seconds: Double) -> Bool {
        guard let before = road, seconds > before.y, seconds - before.y < 2 else {
            road = SIMD2(yaw, seconds)
            return false
        }
        let elapsed = seconds - before.y
        let smoothed = before.x + (yaw - before.x) * min(1, elapsed / 0.5)
        road = SIMD2(smoothed, seconds)
        return (smoothed - before.x).magnitude / elapsed > options.greatestSwing
    }

    /// Becomes equal to another one without allocating, so that another thread may own this one.
    public mutating func assign(_ other: OnlineExtrinsics) {
        var storage: [Block] = []
        swap(&storage, &blocks)
        storage.removeAll(keepingCapacity: true)
        storage.append(contentsOf: other.blocks)
        self = other
        blocks = storage
    }

    private mutating func finishBlock() {
        blocks.append(current.block)
        revision += 1
        current = BlockSum()
        if let newOnes = blocksSinceMove() {
            blocks.removeFirst(blocks.count - newOnes)
            remounts += 1
            hasBeenCalibrated = false
        } else if blocks.count > options.blocksKept {
            blocks.removeFirst()
        }
        if blocks.count >= options.blocksNeeded { hasBeenCalibrated = true }
    }

    /// How many of the newest blocks lie apart from all the ones before, to the same side; nil when the camera was not moved.
    ///
    /// Two blocks are enough where it was moved far against how blocks differ anyway; more show a smaller move.
    private func blocksSinceMove() -> Int? {
        if hasMoved(since: 2) { return 2 }
        let many = options.blocksNeeded
        return many > 2 && hasMoved(since: many) ? many : nil
    }

    private func hasMoved(since count: Int) -> Bool {
        blocks.count >= options.blocksNeeded + count
            && (hasMoved(\.pitch, since: count) || hasMoved(\.yaw, since: count))
    }

    private func hasMoved(_ value: KeyPath<Block, Double>, since count: Int) -> Bool {
        let before = BlockStatistic(blocks.dropLast(count), value)
        let limit = max(options.remountAngle, 4 * before.spread / Double(count).squareRoot())
        let newest = blocks.suffix(count)
        let mean = newest.reduce(0) { $0 + $1[keyPath: value] - before.center } / Double(count)
        return mean.magnitude > limit
            && newest.allSatisfy {
                let move = $0[keyPath: value] - before.center
                return move * mean > 0 && move.magnitude > limit / 2
            }
    }
}

/// Sums of the observations of a block.
private struct BlockSum: Hashable, Sendable {
    var count = 0
    var acceptedSeconds = 0.0
    private var first = 0.0
    private var last = 0.0
    private var weight = 0.0
    private var pitch = SIMD2(0.0, 0.0)
    private var yaw = SIMD2(0.0, 0.0)
    /// Variances of the observations: yaw, pitch.
    private var variance = SIMD2(0.0, 0.0)

    /// From the first to the last observation.
    var seconds: Double { last - first }

    mutating func add(pitch: Double, yaw: Double, seconds: Double, deviation: SIMD2<Double>) {
        // A vehicle nods and wanders by about half a degree whatever the lines say: no observation outweighs the others.
        let weight = 1 / (0.25 + deviation.x * deviation.x + deviation.y * deviation.y)
        if count == 0 {
            first = seconds
        } else if seconds > last, seconds - last < 0.5 {
            acceptedSeconds += seconds - last
        }
        last = seconds
        count += 1
        self.weight += weight
        self.pitch += SIMD2(pitch, pitch * pitch) * weight
        self.yaw += SIMD2(yaw, yaw * yaw) * weight
        variance += deviation * deviation * weight
    }

    var block: OnlineExtrinsics.Block {
        func mean(_ sums: SIMD2<Double>) -> (Double, Double) {
            let mean = sums.x / weight
            return (mean, max(sums.y / weight - mean * mean, 0).squareRoot())
        }
        let (pitch, yaw) = (mean(pitch), mean(yaw))
        return .init(
            pitch: pitch.0, yaw: yaw.0, pitchSpread: pitch.1, yawSpread: yaw.1,
            pitchDeviation: (variance.y / weight).squareRoot(), yawDeviation: (variance.x / weight).squareRoot())
    }
}
