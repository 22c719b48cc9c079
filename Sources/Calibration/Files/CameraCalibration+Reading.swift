import Platform

extension CameraCalibration {
    /// Reads a camera file: ROS's camera_info YAML with the keys that ``CameraCalibration`` adds.
    ///
    /// Keys that ROS may add and nobody here needs are passed over; a misspelt one inside `extrinsics` or `calibration`
    /// is an error.
    ///
    /// - Throws: ``CalibrationError`` with the place in the file.
    public init(contentsOf path: String) throws(CalibrationError) {
        let root = try CalibrationError.wrapping { () throws(PlatformError) in try YAMLNode(contentsOf: path) }
        try self.init(root)
    }

    /// Reads a camera file's text; `file` is the name that errors give.
    public init(parsing text: String, file: String) throws(CalibrationError) {
        let root = try CalibrationError.wrapping { () throws(PlatformError) in
            try YAMLNode(parsing: text, file: file)
        }
        try self.init(root)
    }

    init(_ root: YAMLNode) throws(CalibrationError) {
        let file: CameraFile
        do { file = try CameraFile(root) } catch { throw CalibrationError(error) }
        guard file.cameraMatrix[0] != 0 else { throw .uncalibrated(file: root.location.file) }
        self.init(
            name: file.name, model: try file.model(), mounting: file.mounting,
            rectification: Matrix3(elements: file.rectification), projection: file.projection, quality: file.quality)
    }
}

extension Mounting {
    init(_ node: YAMLNode) throws(PlatformError) {
        try node.allowOnly([
            "height_m", "pitch_deg", "yaw_deg", "roll_deg", "x_m", "y_m", "standard_deviations",
        ])
        self.init(
            heightMetres: try node.required("height_m").number(), pitchDegrees: try node.number("pitch_deg"),
            yawDegrees: try node.number("yaw_deg"), rollDegrees: try node.number("roll_deg"),
            xMetres: try node.number("x_m"), yMetres: try node.number("y_m"))
        guard let deviations = try node.value("standard_deviations") else { return }
        try deviations.allowOnly(["height_m", "pitch_deg", "yaw_deg", "roll_deg", "x_m", "y_m"])
        let assumed = MountingDeviations.measuredByHand
        self.deviations = MountingDeviations(
            heightMetres: try deviations.deviation("height_m") ?? assumed.heightMetres,
            pitchDegrees: try deviations.deviation("pitch_deg") ?? assumed.pitchDegrees,
            yawDegrees: try deviations.deviation("yaw_deg") ?? assumed.yawDegrees,
            rollDegrees: try deviations.deviation("roll_deg") ?? assumed.rollDegrees,
            xMetres: try deviations.deviation("x_m") ?? assumed.xMetres,
            yMetres: try deviations.deviation("y_m") ?? assumed.yMetres)
    }
}

extension CalibrationQuality {
    init(_ node: YAMLNode) throws(PlatformError) {
        try node.allowOnly(["source", "rms_px", "held_out_rms_px", "views", "standard_deviations"])
        self.init(
            source: try node.value("source")?.string(), rmsPixels: try node.value("rms_px")?.number(),
            heldOutRMSPixels: try node.value("held_out_rms_px")?.number(), views: try node.value("views")?.integer())
        guard let deviations = try node.value("standard_deviations") else { return }
        try deviations.allowOnly(["fx", "fy", "cx", "cy", "distortion"])
        self.deviations = IntrinsicDeviations(
            fx: try deviations.deviation("fx") ?? 0, fy: try deviations.deviation("fy") ?? 0,
            cx: try deviations.deviation("cx") ?? 0, cy: try deviations.deviation("cy") ?? 0,
            distortion: try deviations.value("distortion")?.numbers() ?? [])
    }
}
