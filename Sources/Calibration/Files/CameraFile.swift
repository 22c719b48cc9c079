import Platform

/// The values of a camera file as they stand there, before anybody has asked whether they make sense.
struct CameraFile {
    var name: String
    var width: Int
    var height: Int
    var cameraMatrix: [Double]
    var distortionModel: String
    var distortion: [Double]
    var rectification: [Double]
    var projection: [Double]?
    var mounting: Mounting?
    var quality: CalibrationQuality
    /// Whether the file states how sure the mounting is.
    var statesMountingDeviations: Bool

    init(_ root: YAMLNode) throws(PlatformError) {
        name = try root.value("camera_name")?.string() ?? "camera"
        width = try root.required("image_width").integer(in: 1...65536)
        height = try root.required("image_height").integer(in: 1...65536)
        cameraMatrix = try root.required("camera_matrix").matrix(rows: 3, columns: 3)
        let distortionNode = try root.value("distortion_coefficients")
        distortionModel = try root.value("distortion_model")?.string() ?? ""
        distortion = try distortionNode?.matrix() ?? []
        if distortionModel.isEmpty {
            // ROS 1 drivers leave the model out of files for plumb_bob.
            guard distortion.count <= 5 else { throw root.error("\"distortion_model\" is missing") }
            distortionModel = LensDistortion.Model.plumbBob.rawValue
        }
        rectification =
            try root.value("rectification_matrix")?.matrix(rows: 3, columns: 3) ?? Matrix3.identity.elements
        projection = try root.value("projection_matrix")?.matrix(rows: 3, columns: 4)
        if let node = try root.value("extrinsics") {
            mounting = try Mounting(node)
            statesMountingDeviations = try node.value("standard_deviations") != nil
        } else {
            mounting = nil
            statesMountingDeviations = false
        }
        quality =
            try root.value("calibration").map { node throws(PlatformError) in try CalibrationQuality(node) } ?? .init()
        let matrix = cameraMatrix
        if let projection, projection == Self.monocularProjection(matrix) { self.projection = nil }
    }

    /// The camera matrix and a column of zeros.
    static func monocularProjection(_ matrix: [Double]) -> [Double] {
        [matrix[0], matrix[1], matrix[2], 0, matrix[3], matrix[4], matrix[5], 0, matrix[6], matrix[7], matrix[8], 0]
    }

    func model() throws(CalibrationError) -> CameraModel {
        try CameraModel(
            width: width, height: height, fx: cameraMatrix[0], fy: cameraMatrix[4], cx: cameraMatrix[2],
            cy: cameraMatrix[5], distortion: try lens())
    }

    func lens() throws(CalibrationError) -> LensDistortion {
        // ROS drivers also write "fisheye" for the model that camera_info calls equidistant.
        let name = distortionModel == "fisheye" ? "equidistant" : distortionModel
        guard let model = LensDistortion.Model(rawValue: name) else {
            throw .unsupportedModel(name: distortionModel, context: "distortion_model")
        }
        if distortion.isEmpty { return .none }
        return try LensDistortion(model: model, coefficients: distortion)
    }
}
