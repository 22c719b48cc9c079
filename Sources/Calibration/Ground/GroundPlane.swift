import Glibc

/// The flat ground as a calibrated camera sees it: from pixels to metres and back.
///
/// A value for one attitude of the camera: make another with ``with(pitchDegrees:deviation:)`` when the pitch has moved.
/// Nothing here allocates.
public struct GroundPlane: Hashable, Sendable {
    public let model: CameraModel
    public let mounting: Mounting
    /// Uncertainty of focal length and principal point in pixels; zero when the file does not say.
    private let focalDeviation: SIMD2<Double>
    private let centerDeviation: SIMD2<Double>
    /// Directions from camera optical axes to vehicle axes, and back.
    private let vehicleFromCamera: Matrix3
    private let cameraFromVehicle: Matrix3
    /// The axes, in vehicle axes, about which pitch and roll turn; yaw turns about z.
    private let pitchAxis: SIMD3<Double>
    private let rollAxis: SIMD3<Double>

    /// - Parameter deviations: of the intrinsics, when they are known.
    /// - Throws: ``CalibrationError/invalidParameter(name:detail:)`` when the camera is not above the ground.
    public init(
        model: CameraModel, mounting: Mounting, deviations: IntrinsicDeviations? = nil
    ) throws(CalibrationError) {
        guard mounting.heightMetres > 0, mounting.heightMetres.isFinite else {
            throw .invalidParameter(
                name: "height_m", detail: "the camera must be above the ground, not at \(mounting.heightMetres) m")
        }
        self.init(
            model: model, checkedMounting: mounting,
            focalDeviation: SIMD2(deviations?.fx ?? 0, deviations?.fy ?? 0),
            centerDeviation: SIMD2(deviations?.cx ?? 0, deviations?.cy ?? 0))
    }

    /// The ground before a calibrated and mounted camera; nil when the file has no mounting.
    public init?(_ calibration: CameraCalibration) throws(CalibrationError) {
        guard let mounting = calibration.mounting else { return nil }
        try self.init(model: calibration.model, mounting: mounting, deviations: calibration.quality.deviations)
    }

    private init(
        model: CameraModel, checkedMounting mounting: Mounting, focalDeviation: SIMD2<Double>,
        centerDeviation: SIMD2<Double>
    ) {
        self.model = model
        self.mounting = mounting
        self.focalDeviation = focalDeviation
        self.centerDeviation = centerDeviation
        vehicleFromCamera = mounting.vehicleFromCamera
        cameraFromVehicle = vehicleFromCamera.transposed
        let yaw = mounting.yawDegrees * Angle.degree
        pitchAxis = SIMD3(-sin(yaw), cos(yaw), 0)
        // The camera's forward direction: optical z.
        rollAxis = vehicleFromCamera.column2
    }

    /// The same camera with another pitch, and optionally yaw, as driving moves it.
    ///
    /// - Parameters:
    ///   - pitchDegrees: positive looks down.
    ///   - deviation: of the pitch, in degrees; nil keeps the mounting's.
    ///   - yawDegrees: positive looks left; nil keeps the mounting's.
    ///   - yawDeviation: of the yaw, in degrees; nil keeps the mounting's.
    public func with(
        pitchDegrees: Double, deviation: Double? = nil, yawDegrees: Double? = nil, yawDeviation: Double? = nil
    ) -> GroundPlane {
        var moved = mounting
        moved.pitchDegrees = pitchDegrees
        if let deviation { moved.deviations.pitchDegrees = deviation }
        if let yawDegrees { moved.yawDegrees = yawDegrees }
        if let yawDeviation { moved.deviations.yawDegrees = yawDeviation }
        return GroundPlane(
            model: model, checkedMounting: moved, focalDeviation: focalDeviation, centerDeviation: centerDeviation)
    }
}

extension GroundPlane {
    /// The smallest slope below the horizon at which a ray is still said to meet the ground: 1 in 1000, which is 1.3 km
    /// from a car's windscreen.
    static let smallestSlope = 1e-3

    /// The ray in vehicle axes that a pixel sees, of length 1.
    public func direction(of pixel: SIMD2<Double>) -> SIMD3<Double>? {
        model.unproject(pixel).map { vehicleFromCamera * $0 }
    }

    /// The place on the ground that a pixel shows, with its covariance.
    ///
    /// - Parameters:
    ///   - pixel: centre-based, see ``CameraModel``.
    ///   - deviation: standard deviation of the pixel position in x and y, in pixels.
    /// - Returns: nil at and above the horizon, and outside the lens model's image circle.
    public func point(at pixel: SIMD2<Double>, deviation: SIMD2<Double> = SIMD2(0, 0)) -> GroundPoint? {
        guard let ray = direction(of: pixel), ray.z < -Self.smallestSlope else { return nil }
        let forward = mounting.heightMetres / -ray.z
        let offset = SIMD2(ray.x, ray.y) * forward
        var result = GroundPoint(
            x: mounting.xMetres + offset.x, y: mounting.yMetres + offset.y, varianceX: 0, varianceY: 0, covariance: 0)

        /// Adds the effect of one independent source that moves the ray by `change`.
        func add(_ change: SIMD3<Double>) {
            // p = h * ray.xy / -ray.z
            let moved = (SIMD2(change.x, change.y) * mounting.heightMetres + offset * change.z) / -ray.z
            result.varianceX += moved.x * moved.x
            result.varianceY += moved.y * moved.y
            result.covariance += moved.x * moved.y
        }
        let deviations = mounting.deviations
        add(SIMD3(-ray.y, ray.x, 0) * (deviations.yawDegrees * Angle.degree))
        add(pitchAxis.cross(ray) * (deviations.pitchDegrees * Angle.degree))
        add(rollAxis.cross(ray) * (deviations.rollDegrees * Angle.degree))
        let heightShare = deviations.heightMetres / mounting.heightMetres
        result.varianceX += offset.x * offset.x * heightShare * heightShare + deviations.xMetres * deviations.xMetres
        result.varianceY += offset.y * offset.y * heightShare * heightShare + deviations.yMetres * deviations.yMetres
        result.covariance += offset.x * offset.y * heightShare * heightShare

        let spread = pixelDeviation(at: pixel, noise: deviation)
        if spread.x > 0, let change = rayChange(at: pixel, ray: ray, step: SIMD2(0.5, 0)) { add(change * spread.x) }
        if spread.y > 0, let change = rayChange(at: pixel, ray: ray, step: SIMD2(0, 0.5)) { add(change * spread.y) }
        return result
    }

    /// Noise of a pixel position with what the intrinsics' uncertainty amounts to at that place.
    private func pixelDeviation(at pixel: SIMD2<Double>, noise: SIMD2<Double>) -> SIMD2<Double> {
        let x = (pixel.x - model.cx) / model.fx * focalDeviation.x
        let y = (pixel.y - model.cy) / model.fy * focalDeviation.y
        return SIMD2(
            (noise.x * noise.x + centerDeviation.x * centerDeviation.x + x * x).squareRoot(),
            (noise.y * noise.y + centerDeviation.y * centerDeviation.y + y * y).squareRoot())
    }

    /// How the ray moves per pixel in the direction of `step`.
    private func rayChange(
        at pixel: SIMD2<Double>, ray: SIMD3<Double>, step: SIMD2<Double>
    ) -> SIMD3<Double>? {
        let length = step.x + step.y
        if let ahead = direction(of: pixel + step) { return (ahead - ray) / length }
        return direction(of: pixel - step).map { (ray - $0) / length }
    }

    /// The pixel that shows a place in vehicle axes; z is metres above the ground.
    ///
    /// - Returns: nil when the camera cannot see there, whatever the size of its image.
    public func pixel(of place: SIMD3<Double>) -> SIMD2<Double>? {
        model.project(cameraFromVehicle * (place - mounting.position))
    }

    /// The pixel that shows a place on the ground, in metres forward and to the left.
    public func pixel(x: Double, y: Double) -> SIMD2<Double>? { pixel(of: SIMD3(x, y, 0)) }

    /// The pixel that a direction in vehicle axes vanishes at: (1, 0, 0) is straight ahead.
    public func pixel(ofDirection direction: SIMD3<Double>) -> SIMD2<Double>? {
        model.project(cameraFromVehicle * direction)
    }

    /// The image row of the horizon in a column, which may lie outside the image.
    ///
    /// - Parameter column: nil is the column of the principal point.
    /// - Returns: nil when the horizon does not pass that column before the camera.
    public func horizonRow(column: Double? = nil) -> Double? {
        let column = column ?? model.cx
        // The azimuth whose far point lies in that column, by the secant method from straight along the optical axis.
        var azimuth = mounting.yawDegrees * Angle.degree
        guard var pixel = horizonPixel(azimuth) else { return nil }
        var next = azimuth - atan((column - pixel.x) / model.fx)
        for _ in 0..<30 {
            guard let nextPixel = horizonPixel(next) else { return nil }
            let error = nextPixel.x - column
            if error.magnitude < 1e-9 { return nextPixel.y }
            let slope = (nextPixel.x - pixel.x) / (next - azimuth)
            guard slope.isFinite, slope.magnitude > 1e-9 else { return error.magnitude < 1e-6 ? nextPixel.y : nil }
            (azimuth, pixel) = (next, nextPixel)
            next = azimuth - error / slope
        }
        return nil
    }

    private func horizonPixel(_ azimuth: Double) -> SIMD2<Double>? {
        self.pixel(ofDirection: SIMD3(cos(azimuth), sin(azimuth), 0))
    }
}
