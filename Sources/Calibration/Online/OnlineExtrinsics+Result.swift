import Glibc

extension OnlineExtrinsics {
    /// How far it is.
    public var stage: Stage {
        if blocks.count >= options.blocksNeeded { return .calibrated }
        let share = Double(blocks.count) / Double(options.blocksNeeded)
        return remounts > 0 && !hasBeenCalibrated ? .remounted(share: share) : .collecting(share: share)
    }

    /// What was seen of an angle: the mean of the blocks without odd ones, and its standard deviation; nil before the first block.
    public var seenPitch: (degrees: Double, deviation: Double)? {
        seen(\.pitch, spread: \.pitchSpread)
    }
    public var seenYaw: (degrees: Double, deviation: Double)? { seen(\.yaw, spread: \.yawSpread) }

    /// No mean of seconds on real roads is better than this: crown, load, and how a driver keeps a lane.
    static let floorDegrees = 0.03

    private func seen(
        _ value: KeyPath<Block, Double>, spread: KeyPath<Block, Double>
    ) -> (degrees: Double, deviation: Double)? {
        guard !blocks.isEmpty else { return nil }
        let statistic = Statistic(blocks[...], value)
        // A single block does not show how blocks differ; what it held inside does, carefully.
        let inside = blocks.reduce(0) { $0 + $1[keyPath: spread] } / Double(blocks.count)
        let between =
            blocks.count >= options.blocksNeeded ? statistic.spread : max(statistic.spread, 0.5 * inside)
        let deviation = 1.25 * between / Double(blocks.count).squareRoot()
        return (
            statistic.center, (deviation * deviation + Self.floorDegrees * Self.floorDegrees).squareRoot()
        )
    }

    /// The mounting to use now: the file's, with pitch and yaw as the file and what was seen together say. Once the camera
    /// has been seen to point elsewhere, only what was seen counts.
    public var mounting: Mounting {
        var result = filed
        if let pitch = seenPitch {
            let fused = fuse(filed.pitchDegrees, filed.deviations.pitchDegrees, pitch)
            (result.pitchDegrees, result.deviations.pitchDegrees) = fused
        }
        if let yaw = seenYaw {
            let fused = fuse(filed.yawDegrees, filed.deviations.yawDegrees, yaw)
            (result.yawDegrees, result.deviations.yawDegrees) = fused
        }
        if remounts > 0, !hasBeenCalibrated {
            // The file's angles are those of another mounting.
            result.deviations.pitchDegrees = max(result.deviations.pitchDegrees, 0.5)
            result.deviations.yawDegrees = max(result.deviations.yawDegrees, 0.5)
        }
        return result
    }

    private func fuse(
        _ filed: Double, _ filedDeviation: Double, _ seen: (degrees: Double, deviation: Double)
    ) -> (Double, Double) {
        let (filedVariance, seenVariance) = (
            filedDeviation * filedDeviation, seen.deviation * seen.deviation
        )
        let difference = seen.degrees - filed
        let contradicts = difference * difference > 9 * (filedVariance + seenVariance)
        if remounts > 0 || contradicts { return (seen.degrees, seen.deviation) }
        guard filedVariance > 0 else { return (filed, 0) }
        let weight = filedVariance / (filedVariance + seenVariance)
        return (filed + weight * difference, (weight * seenVariance).squareRoot())
    }

    /// What the camera file no longer says rightly, for the alarm "calibration drift"; nil while all is well or too little
    /// has been seen.
    public var drift: CalibrationDrift? {
        guard blocks.count >= options.blocksNeeded, let pitch = seenPitch, let yaw = seenYaw else {
            return nil
        }
        func exceeds(_ difference: Double, _ seen: Double, _ filed: Double) -> Bool {
            difference.magnitude > max(options.driftAngle, 3 * (seen * seen + filed * filed).squareRoot())
        }
        let pitchChange = pitch.degrees - filed.pitchDegrees
        let yawChange = yaw.degrees - filed.yawDegrees
        guard
            exceeds(pitchChange, pitch.deviation, filed.deviations.pitchDegrees)
                || exceeds(yawChange, yaw.deviation, filed.deviations.yawDegrees)
        else { return nil }
        return CalibrationDrift(pitchDegrees: pitchChange, yawDegrees: yawChange)
    }
}

/// How far a camera's angles have gone from its file.
public struct CalibrationDrift: Hashable, Sendable, CustomStringConvertible {
    /// Positive: looks further down than the file says.
    public var pitchDegrees: Double
    /// Positive: looks further left.
    public var yawDegrees: Double

    public var description: String {
        func part(_ degrees: Double, _ positive: String, _ negative: String) -> String? {
            degrees.magnitude < 0.1
                ? nil : "\(short(degrees.magnitude)) degrees \(degrees > 0 ? positive : negative)"
        }
        let parts = [
            part(pitchDegrees, "further down", "further up"),
            part(yawDegrees, "further left", "further right"),
        ]
        return "the camera looks " + parts.compactMap { $0 }.joined(separator: " and ")
            + " than its file says"
    }
}

/// Center and spread of one angle of blocks. Single odd blocks do not move them.
struct Statistic {
    /// The mean of the values within three spreads of the median.
    var center: Double
    /// Standard deviation.
    var spread: Double

    init(_ blocks: ArraySlice<OnlineExtrinsics.Block>, _ value: KeyPath<OnlineExtrinsics.Block, Double>) {
        let values = blocks.map { $0[keyPath: value] }.sorted()
        let median = Self.middle(values)
        spread = 1.4826 * Self.middle(values.map { ($0 - median).magnitude }.sorted())
        let limit = 3 * spread + 1e-9
        let near = values.filter { ($0 - median).magnitude <= limit }
        center = near.reduce(0, +) / Double(max(near.count, 1))
    }

    private static func middle(_ sorted: [Double]) -> Double {
        guard !sorted.isEmpty else { return 0 }
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
