import Platform

/// OpenCV's FileStorage: camera files of its calibration samples, its interactive tool, and its stereo sample.
enum OpenCVFile {
    static func read(
        _ root: YAMLNode, _ selection: CameraFileSelection
    ) throws(CalibrationError) -> CameraCalibration {
        let values: Values
        do { values = try Values(root, selection) } catch { throw CalibrationError(error) }
        guard values.matrix[0] != 0 else { throw .uncalibrated(file: root.location.file) }
        let lens: LensDistortion.Model
        if let named = selection.lens {
            lens = named
        } else if values.isFisheye {
            lens = .equidistant
        } else {
            lens = values.coefficients.count > 5 ? .rationalPolynomial : .plumbBob
        }
        let distortion =
            values.coefficients.isEmpty ? .none : try LensDistortion(model: lens, coefficients: values.coefficients)
        let model = try CameraModel(
            width: values.width, height: values.height, fx: values.matrix[0], fy: values.matrix[4],
            cx: values.matrix[2],
            cy: values.matrix[5], distortion: distortion)
        return CameraCalibration(
            name: selection.name ?? values.name ?? "camera", model: model,
            quality: CalibrationQuality(
                source: "converted from OpenCV", rmsPixels: values.rms, views: values.views))
    }

    /// What OpenCV's programs write under their several names.
    private struct Values {
        var width = 0
        var height = 0
        var name: String?
        var matrix: [Double] = []
        var coefficients: [Double] = []
        var isFisheye = false
        var rms: Double?
        var views: Int?

        init(_ root: YAMLNode, _ selection: CameraFileSelection) throws(PlatformError) {
            let stereo = (selection.camera ?? 0) == 0 ? ("M1", "D1") : ("M2", "D2")
            let matrixKeys = ["camera_matrix", "cameraMatrix", "Camera_Matrix", "K", stereo.0]
            let coefficientKeys = [
                "distortion_coefficients", "dist_coeffs", "distCoeffs", "Distortion_Coefficients", "D", stereo.1,
            ]
            guard let matrixNode = try Self.first(matrixKeys, root) else {
                throw root.error(
                    "no camera is in this file: none of the keys \(matrixKeys.joined(separator: ", ")) is there")
            }
            matrix = try matrixNode.matrix(rows: 3, columns: 3)
            coefficients = try Self.first(coefficientKeys, root)?.matrix() ?? []
            if let resolution = try root.value("cameraResolution")?.sequence(), resolution.count == 2 {
                width = try resolution[0].integer(in: 1...65536)
                height = try resolution[1].integer(in: 1...65536)
            } else if let widthNode = try Self.first(["image_width", "image_Width"], root) {
                width = try widthNode.integer(in: 1...65536)
                guard let heightNode = try Self.first(["image_height", "image_Height"], root) else {
                    throw root.error("the image height is missing")
                }
                height = try heightNode.integer(in: 1...65536)
            } else if let size = selection.imageSize {
                (width, height) = (size.x, size.y)
            } else {
                throw root.error("the image size is missing; give it with --size, such as --size 640x480")
            }
            name = try root.value("camera_name")?.string()
            if let fisheye = try root.value("fisheye_model")?.integer() { isFisheye = fisheye != 0 }
            if let rms = try Self.first(["avg_reprojection_error", "Avg_Reprojection_Error"], root) {
                self.rms = try rms.number()
            }
            views = try Self.first(["nframes", "nr_of_frames"], root)?.integer()
        }

        private static func first(_ keys: [String], _ root: YAMLNode) throws(PlatformError) -> YAMLNode? {
            for key in keys { if let node = try root.value(key) { return node } }
            return nil
        }
    }

    static func text(_ camera: CameraCalibration) -> String {
        let model = camera.model
        var lines = ["%YAML:1.0", "---", "camera_name: \(YAMLText.string(camera.name))"]
        if let views = camera.quality.views { lines.append("nframes: \(views)") }
        lines += ["image_width: \(model.width)", "image_height: \(model.height)"]
        if model.distortion.model == .equidistant { lines.append("fisheye_model: 1") }
        lines += matrix("camera_matrix", rows: 3, columns: 3, model.matrix.elements)
        let coefficients = model.distortion.coefficients
        lines += matrix("distortion_coefficients", rows: coefficients.count, columns: 1, coefficients)
        if let rms = camera.quality.rmsPixels { lines.append("avg_reprojection_error: \(YAMLText.number(rms))") }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func matrix(_ key: String, rows: Int, columns: Int, _ values: [Double]) -> [String] {
        [
            "\(key): !!opencv-matrix", "   rows: \(rows)", "   cols: \(columns)", "   dt: d",
            "   data: [ " + values.map(YAMLText.number).joined(separator: ", ") + " ]",
        ]
    }
}
