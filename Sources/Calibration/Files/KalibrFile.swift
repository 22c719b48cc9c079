import Platform

/// Kalibr's camchain: one mapping per camera, cam0, cam1 and so on.
enum KalibrFile {
    static func cameraNumber(_ key: String) -> Int? { key.hasPrefix("cam") ? Int(key.dropFirst(3)) : nil }

    static func read(
        _ root: YAMLNode, _ selection: CameraFileSelection
    ) throws(CalibrationError) -> CameraCalibration {
        let values: Values
        do { values = try Values(root, selection) } catch { throw CalibrationError(error) }
        guard values.cameraModel == "pinhole" else {
            throw .unsupportedModel(
                name: values.cameraModel,
                context:
                    "\(root.location.file): camera_model; Kalibr's pinhole can be read, with radtan, equidistant or none"
            )
        }
        guard values.intrinsics.count == 4 else {
            throw .invalidParameter(
                name: "intrinsics", detail: "a pinhole camera has four, not \(values.intrinsics.count)")
        }
        let distortion: LensDistortion
        switch values.distortionModel {
        case "radtan": distortion = try LensDistortion(model: .plumbBob, coefficients: values.coefficients)
        case "equidistant": distortion = try LensDistortion(model: .equidistant, coefficients: values.coefficients)
        case "none": distortion = .none
        default:
            throw .unsupportedModel(
                name: values.distortionModel, context: "\(root.location.file): distortion_model of Kalibr")
        }
        let model = try CameraModel(
            width: values.width, height: values.height, fx: values.intrinsics[0], fy: values.intrinsics[1],
            cx: values.intrinsics[2], cy: values.intrinsics[3], distortion: distortion)
        return CameraCalibration(
            name: selection.name ?? values.name, model: model,
            quality: CalibrationQuality(source: "converted from Kalibr"))
    }

    private struct Values {
        var name: String
        var cameraModel: String
        var intrinsics: [Double]
        var distortionModel: String
        var coefficients: [Double]
        var width: Int
        var height: Int

        init(_ root: YAMLNode, _ selection: CameraFileSelection) throws(PlatformError) {
            let cameras = try root.mapping().filter { KalibrFile.cameraNumber($0.key) != nil }
            let number = selection.camera ?? KalibrFile.cameraNumber(cameras.first?.key ?? "") ?? 0
            guard let camera = cameras.first(where: { KalibrFile.cameraNumber($0.key) == number }) else {
                let names = cameras.map(\.key).joined(separator: ", ")
                throw root.error("there is no cam\(number); in this file are \(names)")
            }
            let node = camera.value
            name = camera.key
            cameraModel = try node.required("camera_model").string()
            intrinsics = try node.required("intrinsics").numbers()
            distortionModel = try node.value("distortion_model")?.string() ?? "none"
            coefficients = try node.value("distortion_coeffs")?.numbers() ?? []
            let resolution = try node.required("resolution")
            let sizes = try resolution.sequence()
            guard sizes.count == 2 else { throw resolution.error("width and height belong here") }
            width = try sizes[0].integer(in: 1...65536)
            height = try sizes[1].integer(in: 1...65536)
        }
    }

    static func text(_ camera: CameraCalibration) throws(CalibrationError) -> String {
        let model = camera.model
        var coefficients = model.distortion.coefficients
        let name: String
        switch model.distortion.model {
        case .equidistant: name = "equidistant"
        case .plumbBob where coefficients[4] == 0:
            name = "radtan"
            coefficients.removeLast()
        case .plumbBob, .rationalPolynomial:
            throw .unsupportedModel(
                name: model.distortion.model.rawValue,
                context:
                    "Kalibr's radtan has k1 k2 p1 p2 only, and no place for this lens's other coefficients; convert to another format"
            )
        }
        let lines = [
            "cam0:", "  cam_overlaps: []", "  camera_model: pinhole",
            "  distortion_coeffs: \(YAMLText.list(coefficients))",
            "  distortion_model: \(name)",
            "  intrinsics: \(YAMLText.list([model.fx, model.fy, model.cx, model.cy]))",
            "  resolution: [\(model.width), \(model.height)]", "  rostopic: /\(YAMLText.string(camera.name))/image_raw",
        ]
        return lines.joined(separator: "\n") + "\n"
    }
}
