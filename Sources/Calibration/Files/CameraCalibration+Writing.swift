extension CameraCalibration {
    /// The camera file. Numbers are written so that reading gives them back bit for bit.
    public var yaml: String {
        var lines = [
            "image_width: \(model.width)",
            "image_height: \(model.height)",
            "camera_name: \(YAMLText.string(name))",
        ]
        lines += Self.matrix("camera_matrix", rows: 3, columns: 3, model.matrix.elements)
        lines.append("distortion_model: \(model.distortion.model.rawValue)")
        let coefficients = model.distortion.coefficients
        lines += Self.matrix("distortion_coefficients", rows: 1, columns: coefficients.count, coefficients)
        lines += Self.matrix("rectification_matrix", rows: 3, columns: 3, rectification.elements)
        lines += Self.matrix(
            "projection_matrix", rows: 3, columns: 4,
            projection ?? CameraFile.monocularProjection(model.matrix.elements))
        if let mounting { lines += Self.lines(mounting) }
        lines += Self.lines(quality)
        return lines.joined(separator: "\n") + "\n"
    }

    /// Writes the camera file.
    ///
    /// The text goes to a file beside it that then takes its place: a reader sees the old file or the new one.
    ///
    /// - Throws: ``CalibrationError/unwritable(path:detail:)``.
    public func write(to path: String) throws(CalibrationError) {
        try TextFile.replace(path, with: yaml)
    }

    private static func matrix(_ key: String, rows: Int, columns: Int, _ values: [Double]) -> [String] {
        ["\(key):", "  rows: \(rows)", "  cols: \(columns)", "  data: \(YAMLText.list(values))"]
    }

    private static func lines(_ mounting: Mounting) -> [String] {
        let deviations = mounting.deviations
        let values = [
            ("height_m", mounting.heightMetres, deviations.heightMetres),
            ("pitch_deg", mounting.pitchDegrees, deviations.pitchDegrees),
            ("yaw_deg", mounting.yawDegrees, deviations.yawDegrees),
            ("roll_deg", mounting.rollDegrees, deviations.rollDegrees),
            ("x_m", mounting.xMetres, deviations.xMetres), ("y_m", mounting.yMetres, deviations.yMetres),
        ]
        return ["extrinsics:"] + values.map { "  \($0.0): \(YAMLText.number($0.1))" } + ["  standard_deviations:"]
            + values.map { "    \($0.0): \(YAMLText.number($0.2))" }
    }

    private static func lines(_ quality: CalibrationQuality) -> [String] {
        var lines: [String] = []
        if let source = quality.source { lines.append("  source: \(YAMLText.string(source))") }
        if let views = quality.views { lines.append("  views: \(views)") }
        if let rms = quality.rmsPixels { lines.append("  rms_px: \(YAMLText.number(rms))") }
        if let rms = quality.heldOutRMSPixels { lines.append("  held_out_rms_px: \(YAMLText.number(rms))") }
        if let deviations = quality.deviations {
            lines += [
                "  standard_deviations:", "    fx: \(YAMLText.number(deviations.fx))",
                "    fy: \(YAMLText.number(deviations.fy))", "    cx: \(YAMLText.number(deviations.cx))",
                "    cy: \(YAMLText.number(deviations.cy))",
            ]
            if !deviations.distortion.isEmpty {
                lines.append("    distortion: \(YAMLText.list(deviations.distortion))")
            }
        }
        return lines.isEmpty ? [] : ["calibration:"] + lines
    }
}
