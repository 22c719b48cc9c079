import Platform

// What is kept between runs: the blocks, and the mounting that they were found with.
extension OnlineExtrinsics {
    /// The state as YAML. Observations of an unfinished block are not in it.
    public var stateYAML: String {
        var lines = [
            "# What sightline has seen of this camera's mounting while driving. Delete this file to start afresh.",
            "camera_pitch_deg: \(YAMLText.number(filed.pitchDegrees))",
            "camera_yaw_deg: \(YAMLText.number(filed.yawDegrees))",
            "camera_roll_deg: \(YAMLText.number(filed.rollDegrees))", "remounts: \(remounts)",
            "has_been_calibrated: \(hasBeenCalibrated)", "blocks:\(blocks.isEmpty ? " []" : "")",
        ]
        for block in blocks {
            lines.append(
                "  - "
                    + YAMLText.list([
                        block.pitch, block.yaw, block.pitchSpread, block.yawSpread, block.pitchDeviation,
                        block.yawDeviation,
                    ]))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Saves the state; see ``init(restoring:mounting:options:)``.
    ///
    /// - Throws: ``CalibrationError/unwritable(path:detail:)``.
    public func save(to path: String) throws(CalibrationError) {
        try TextFile.replace(path, with: stateYAML)
    }

    /// Goes on where an earlier run stopped. When the camera file has since been given other angles, that knowledge is of
    /// another mounting, and it starts afresh.
    ///
    /// - Throws: ``CalibrationError`` when the file is there but no state.
    public init(
        restoring path: String, mounting: Mounting, options: OnlineOptions = .init()
    ) throws(CalibrationError) {
        let root = try CalibrationError.wrapping { () throws(PlatformError) in
            try YAMLNode(contentsOf: path)
        }
        try self.init(restoring: root, mounting: mounting, options: options)
    }

    init(restoring root: YAMLNode, mounting: Mounting, options: OnlineOptions)
        throws(CalibrationError)
    {
        self.init(mounting: mounting, options: options)
        do { try restore(root) } catch { throw CalibrationError(error) }
    }

    private mutating func restore(_ root: YAMLNode) throws(PlatformError) {
        let angles = [
            try root.required("camera_pitch_deg").number(), try root.required("camera_yaw_deg").number(),
            try root.required("camera_roll_deg").number(),
        ]
        guard angles == [filed.pitchDegrees, filed.yawDegrees, filed.rollDegrees] else { return }
        remounts = try root.required("remounts").integer(in: 0...1_000_000)
        hasBeenCalibrated = try root.required("has_been_calibrated").boolean()
        var restored: [Block] = []
        for node in try root.required("blocks").sequence() {
            let values = try node.numbers()
            guard values.count == 6, values.allSatisfy({ $0.magnitude <= 90 }) else {
                throw node.error("a block has six numbers of degrees")
            }
            restored.append(
                Block(
                    pitch: values[0], yaw: values[1], pitchSpread: values[2], yawSpread: values[3],
                    pitchDeviation: values[4], yawDeviation: values[5]))
        }
        blocks.append(contentsOf: restored.suffix(options.blocksKept))
    }
}
