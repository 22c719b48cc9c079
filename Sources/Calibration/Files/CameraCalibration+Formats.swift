import Platform

extension CameraCalibration {
    /// Reads a camera from a file of any known format, which is told by what is in it.
    ///
    /// - Throws: ``CalibrationError``.
    public static func read(
        _ path: String, selecting selection: CameraFileSelection = .init()
    ) throws(CalibrationError) -> (camera: CameraCalibration, format: CameraFileFormat) {
        let text = try CalibrationError.wrapping { () throws(PlatformError) in try YAMLNode.text(of: path) }
        return try parse(text, file: path, selecting: selection)
    }

    /// The same from a text; `file` is the name that errors give.
    public static func parse(
        _ text: String, file: String, selecting selection: CameraFileSelection = .init()
    ) throws(CalibrationError) -> (camera: CameraCalibration, format: CameraFileFormat) {
        let isFileStorage = text.hasPrefix("%YAML:")
        let root = try CalibrationError.wrapping { () throws(PlatformError) in
            // OpenCV's first line is not YAML; a comment in its place keeps the lines' numbers.
            try YAMLNode(parsing: isFileStorage ? "#" + text.dropFirst() : text, file: file)
        }
        let keys = try CalibrationError.wrapping { () throws(PlatformError) in try root.mapping().map(\.key) }
        if keys.contains(where: { KalibrFile.cameraNumber($0) != nil }) {
            return (try KalibrFile.read(root, selection), .kalibr)
        }
        let isROS = keys.contains("camera_matrix") && keys.contains("image_width") && !isFileStorage
        if isROS {
            var camera = try CameraCalibration(root)
            if let name = selection.name { camera.name = name }
            return (camera, .ros)
        }
        return (try OpenCVFile.read(root, selection), .opencv)
    }

    /// The camera as a file of a format.
    ///
    /// - Throws: ``CalibrationError/unsupportedModel(name:context:)`` when the format cannot hold the lens's model.
    public func text(as format: CameraFileFormat) throws(CalibrationError) -> String {
        switch format {
        case .ros: yaml
        case .opencv: OpenCVFile.text(self)
        case .kalibr: try KalibrFile.text(self)
        }
    }

    /// Writes the camera in a format; see ``write(to:)``.
    public func write(to path: String, as format: CameraFileFormat) throws(CalibrationError) {
        try TextFile.replace(path, with: try text(as: format))
    }

    /// What a format cannot hold and writing it therefore loses, in words; empty when nothing is lost.
    public func losses(as format: CameraFileFormat) -> [String] {
        guard format != .ros else { return [] }
        var losses: [String] = []
        if mounting != nil { losses.append("the mounting (height and angles)") }
        if quality.deviations != nil { losses.append("standard deviations") }
        if rectification != .identity || projection != nil { losses.append("stereo rectification") }
        return losses
    }
}
