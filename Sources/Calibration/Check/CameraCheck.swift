import Glibc
import Platform

/// Judges a camera file as an experienced user would: does this look like a camera, and like one on a vehicle?
public struct CameraCheck: Sendable {
    public private(set) var findings: [CameraFinding] = []
    /// The camera, unless an error makes it unusable.
    public private(set) var camera: CameraCalibration?

    /// - Throws: ``CalibrationError`` when the file cannot be read as a camera file at all.
    public init(contentsOf path: String) throws(CalibrationError) {
        let text = try CalibrationError.wrapping { () throws(PlatformError) in try YAMLNode.text(of: path) }
        try self.init(parsing: text, file: path)
    }

    /// The same of a text; `file` is the name that errors give.
    public init(parsing text: String, file: String) throws(CalibrationError) {
        let root = try CalibrationError.wrapping { () throws(PlatformError) in
            try YAMLNode(parsing: text.hasPrefix("%YAML:") ? "#" + text.dropFirst() : text, file: file)
        }
        let keys = try CalibrationError.wrapping { () throws(PlatformError) in try root.mapping().map(\.key) }
        guard keys.contains("image_width"), keys.contains("camera_matrix"), !text.hasPrefix("%YAML:") else {
            // Another format has fewer keys; it is judged as what it converts to.
            camera = try CameraCalibration.parse(text, file: file).camera
            if let camera { judge(camera, statesDeviations: false) }
            add(.note, "file", "not ROS's camera_info; make one with `sightline calibrate convert` to add the mounting")
            return
        }
        let values = try CalibrationError.wrapping { () throws(PlatformError) in try CameraFile(root) }
        judge(values)
        guard !hasErrors else { return }
        do {
            let camera = try CameraCalibration(root)
            self.camera = camera
            judge(camera, statesDeviations: values.statesMountingDeviations)
        } catch {
            add(.error, "file", "\(error)")
        }
    }

    public var hasErrors: Bool { findings.contains { $0.severity == .error } }

    mutating func add(_ severity: CameraFinding.Severity, _ key: String, _ message: String) {
        findings.append(CameraFinding(severity: severity, key: key, message: message))
    }

    /// What would keep the file from being used.
    private mutating func judge(_ file: CameraFile) {
        let matrix = file.cameraMatrix
        if matrix[0] == 0 {
            add(
                .error, "camera_matrix",
                "it is zero, which means nobody has calibrated this camera: run `sightline calibrate intrinsics`")
            return
        }
        if matrix[0] < 0 || matrix[4] <= 0 {
            add(.error, "camera_matrix", "focal lengths \(short(matrix[0])) and \(short(matrix[4])) must be positive")
        }
        if matrix[1] != 0 || matrix[3] != 0 || matrix[6] != 0 || matrix[7] != 0 || matrix[8] != 1 {
            add(
                .warning, "camera_matrix",
                "a skew or bottom row other than 0 0 1 is not used here: is it the projection of a rectified image?")
        }
        if let mounting = file.mounting, !(mounting.heightMetres > 0) {
            add(
                .error, "extrinsics.height_m",
                "the camera is \(short(mounting.heightMetres)) m above the ground; measure from the road up to the lens"
            )
        }
        do {
            _ = try file.lens()
        } catch {
            add(.error, "distortion_coefficients", "\(error)")
        }
    }
}
