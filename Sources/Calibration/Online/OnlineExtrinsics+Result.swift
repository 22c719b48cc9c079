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

    /// How much one stretch of road differs from the next, before enough of them show it.
    static let stretchDegrees = 0.2

    private func seen(
        _ value: KeyPath<Block, Double>, spread: KeyPath<Block, Double>
    ) -> (degrees: Double, deviation: Double)? {
        guard !blocks.isEmpty else { return nil }
        let statistic = BlockStatistic(blocks[...], value)
        // A few blocks do not show how blocks differ; what they held inside does, carefully.
        let inside = blocks.reduce(0) { $0 + $1[keyPath: spread] } / Double(blocks.count)
        let between =
            blocks.count >= options.blocksNeeded
            ? statistic.spread : max(statistic.spread, 0.5 * inside, Self.stretchDegrees)
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
