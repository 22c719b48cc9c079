extension OnlineExtrinsics {
    /// How far it is.
    public var stage: Stage {
        if blocks.count >= options.blocksNeeded { return .calibrated }
        let share = Double(blocks.count) / Double(options.blocksNeeded)
        return remounts > 0 && !hasBeenCalibrated ? .remounted(share: share) : .collecting(share: share)
    }

    /// What was seen of an angle: the mean of the blocks without odd ones, and its standard deviation; nil before the first block.
    public var seenPitch: (degrees: Double, deviation: Double)? {
        seen(\.pitch, spread: \.pitchSpread, deviation: \.pitchDeviation, floor: Self.pitchFloor)
    }
    public var seenYaw: (degrees: Double, deviation: Double)? {
        seen(\.yaw, spread: \.yawSpread, deviation: \.yawDeviation, floor: Self.yawFloor)
    }

    /// No mean on real roads is better than this, degrees: crown, load, how a driver keeps a lane, more bends to one side.
    static let pitchFloor = 0.06
    static let yawFloor = 0.1

    /// How much one stretch of road differs from the next at least, degrees.
    static let stretchDegrees = 0.2

    /// Blocks that count as one, because the road of the next seconds is that of the last ones.
    static let blocksAlike = 3.0

    private func seen(
        _ value: KeyPath<Block, Double>, spread: KeyPath<Block, Double>, deviation: KeyPath<Block, Double>,
        floor: Double
    ) -> (degrees: Double, deviation: Double)? {
        guard !blocks.isEmpty else { return nil }
        let statistic = BlockStatistic(blocks[...], value)
        // Blocks of one road do not show how roads differ; what they held inside does, carefully, and what they say themselves.
        func mean(_ part: KeyPath<Block, Double>) -> Double {
            blocks.reduce(0) { $0 + $1[keyPath: part] } / Double(blocks.count)
        }
        let between = max(statistic.spread, 0.5 * mean(spread), mean(deviation), Self.stretchDegrees)
        let stretches = max(1, Double(blocks.count) / Self.blocksAlike)
        let deviation = 1.25 * between / stretches.squareRoot()
        return (statistic.center, (deviation * deviation + floor * floor).squareRoot())
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
