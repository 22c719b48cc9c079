/// What is known about a camera: its inner geometry, how it is mounted, and how that was found.
///
/// The file is ROS's camera_info YAML, which other tools read, with the keys `extrinsics` and `calibration` added.
public struct CameraCalibration: Hashable, Sendable {
    public var name: String
    public var model: CameraModel
    /// Nil until somebody has measured it: then there are no metres.
    public var mounting: Mounting?
    /// Rectification of a stereo camera, row by row; identity for a single one.
    public var rectification: Matrix3
    /// ROS's projection matrix, 3x4 row by row; nil stands for the camera matrix and a column of zeros.
    public var projection: [Double]?
    public var quality: CalibrationQuality

    public init(
        name: String, model: CameraModel, mounting: Mounting? = nil, rectification: Matrix3 = .identity,
        projection: [Double]? = nil, quality: CalibrationQuality = .init()
    ) {
        self.name = name
        self.model = model
        self.mounting = mounting
        self.rectification = rectification
        self.projection = projection
        self.quality = quality
    }

    /// The calibration for images scaled to another size of the same aspect ratio.
    ///
    /// - Throws: ``CalibrationError/aspectMismatch(width:height:calibratedWidth:calibratedHeight:)``.
    public func scaled(width: Int, height: Int) throws(CalibrationError) -> CameraCalibration {
        var result = self
        result.model = try model.scaled(width: width, height: height)
        let scale = Double(width) / Double(model.width)
        // A stereo projection scales like the camera matrix; the identity of a single camera follows from the model.
        if let projection {
            let (scaleX, scaleY) = (scale, Double(height) / Double(model.height))
            var scaled = projection
            for column in 0..<4 {
                scaled[column] *= scaleX
                scaled[4 + column] *= scaleY
            }
            scaled[2] += 0.5 * (scaleX - 1)
            scaled[6] += 0.5 * (scaleY - 1)
            result.projection = scaled
        }
        result.quality.rmsPixels = quality.rmsPixels.map { $0 * scale }
        result.quality.heldOutRMSPixels = quality.heldOutRMSPixels.map { $0 * scale }
        if var deviations = quality.deviations {
            deviations.fx *= scale
            deviations.fy *= scale
            deviations.cx *= scale
            deviations.cy *= scale
            result.quality.deviations = deviations
        }
        return result
    }
}
