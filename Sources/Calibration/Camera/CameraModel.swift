import Glibc

/// A camera's inner geometry: pinhole with lens distortion.
///
/// Pixel coordinates are OpenCV's and ROS's: (0, 0) is the **centre** of the top left pixel, so the image reaches from
/// -0.5 to width - 0.5. Boxes and masks count from the pixel's **edge**; subtract 0.5 from such a coordinate first.
///
/// Rays and points are in camera optical axes: x to the right in the image, y down, z forward along the optical axis.
/// Projecting and unprojecting allocate nothing.
public struct CameraModel: Hashable, Sendable {
    /// Pixels of the images that the model is for.
    public let width: Int
    public let height: Int
    /// Focal lengths in pixels.
    public let fx: Double
    public let fy: Double
    /// Principal point in pixels.
    public let cx: Double
    public let cy: Double
    public let distortion: LensDistortion
    /// See ``LensDistortion/validLimit``.
    let validLimit: Double

    /// - Throws: ``CalibrationError/invalidParameter(name:detail:)`` for sizes and focal lengths that are not positive, and
    ///   for anything that is not finite.
    public init(
        width: Int, height: Int, fx: Double, fy: Double, cx: Double, cy: Double, distortion: LensDistortion = .none
    ) throws(CalibrationError) {
        guard width > 0, height > 0, width <= 65536, height <= 65536 else {
            throw .invalidParameter(name: "image size", detail: "\(width)x\(height) pixels is no image size")
        }
        guard fx > 0, fy > 0, fx.isFinite, fy.isFinite else {
            throw .invalidParameter(name: "camera_matrix", detail: "focal lengths \(fx) and \(fy) must be positive")
        }
        guard cx.isFinite, cy.isFinite else {
            throw .invalidParameter(name: "camera_matrix", detail: "the principal point is not finite")
        }
        self.width = width
        self.height = height
        self.fx = fx
        self.fy = fy
        self.cx = cx
        self.cy = cy
        self.distortion = distortion
        validLimit = distortion.validLimit
    }

    /// The camera matrix: rows (fx, 0, cx), (0, fy, cy), (0, 0, 1).
    public var matrix: Matrix3 { Matrix3(SIMD3(fx, 0, cx), SIMD3(0, fy, cy), SIMD3(0, 0, 1)) }

    /// The model of the same camera for images scaled to another size.
    ///
    /// - Throws: ``CalibrationError/aspectMismatch(width:height:calibratedWidth:calibratedHeight:)`` when the aspect ratio
    ///   differs by more than a pixel.
    public func scaled(width newWidth: Int, height newHeight: Int) throws(CalibrationError) -> CameraModel {
        if newWidth == width, newHeight == height { return self }
        let (scaleX, scaleY) = (Double(newWidth) / Double(width), Double(newHeight) / Double(height))
        guard newWidth > 0, newHeight > 0, (scaleX * Double(height) - Double(newHeight)).magnitude <= 1 else {
            throw .aspectMismatch(
                width: newWidth, height: newHeight, calibratedWidth: width, calibratedHeight: height)
        }
        return try CameraModel(
            width: newWidth, height: newHeight, fx: fx * scaleX, fy: fy * scaleY, cx: (cx + 0.5) * scaleX - 0.5,
            cy: (cy + 0.5) * scaleY - 0.5, distortion: distortion)
    }
}

extension CameraModel {
    /// The pixel that shows a point.
    ///
    /// - Parameter point: in camera optical axes; any unit.
    /// - Returns: nil for points that the model does not describe: behind the camera, or so far outside the field of view
    ///   that the distortion folds back.
    public func project(_ point: SIMD3<Double>) -> SIMD2<Double>? {
        if distortion.model == .equidistant {
            let radius = (point.x * point.x + point.y * point.y).squareRoot()
            let angle = atan2(radius, point.z)
            guard angle <= validLimit, radius > 0 || point.z > 0 else { return nil }
            let scale = radius > 1e-12 ? distortion.fisheyeRadius(angle) / radius : 1 / point.z
            return SIMD2(fx * point.x * scale + cx, fy * point.y * scale + cy)
        }
        guard point.z > 0 else { return nil }
        let flat = SIMD2(point.x, point.y) / point.z
        guard flat.dot(flat) <= validLimit * validLimit else { return nil }
        let distorted = distortion.distortPolynomial(flat)
        return SIMD2(fx * distorted.x + cx, fy * distorted.y + cy)
    }

    /// The ray that a pixel sees: a vector of length 1 in camera optical axes.
    ///
    /// - Returns: nil where the lens model has no ray, which is so outside its image circle.
    public func unproject(_ pixel: SIMD2<Double>) -> SIMD3<Double>? {
        let distorted = SIMD2((pixel.x - cx) / fx, (pixel.y - cy) / fy)
        if distortion.model == .equidistant {
            let radius = distorted.length
            guard radius > 1e-12 else { return SIMD3(0, 0, 1) }
            guard let angle = distortion.fisheyeAngle(radius: radius, limit: validLimit) else { return nil }
            let sine = sin(angle) / radius
            return SIMD3(distorted.x * sine, distorted.y * sine, cos(angle))
        }
        guard let flat = distortion.undistortPolynomial(distorted, withinRadius: validLimit) else { return nil }
        return SIMD3(flat, 1).normalized
    }

    /// The pixel where a camera without distortion, but otherwise this one, would see what this one sees at `pixel`.
    ///
    /// - Returns: nil where there is none: outside the image circle, or at 90 degrees from the axis and beyond.
    public func undistort(_ pixel: SIMD2<Double>) -> SIMD2<Double>? {
        guard let ray = unproject(pixel), ray.z > 1e-6 else { return nil }
        return SIMD2(fx * ray.x / ray.z + cx, fy * ray.y / ray.z + cy)
    }

    /// Whether every pixel of the image's border, which is where a lens model gives way first, sees somewhere.
    public var coversImage: Bool { borderPixels(steps: 40).allSatisfy { unproject($0) != nil } }

    /// Pixels along the border, `steps` on each side.
    func borderPixels(steps: Int) -> [SIMD2<Double>] {
        let (right, bottom) = (Double(width - 1), Double(height - 1))
        return (0..<steps).flatMap { step -> [SIMD2<Double>] in
            let share = Double(step) / Double(steps)
            return [
                SIMD2(share * right, 0), SIMD2(right, share * bottom), SIMD2((1 - share) * right, bottom),
                SIMD2(0, (1 - share) * bottom),
            ]
        }
    }

    /// Whether a pixel lies in the image.
    public func contains(_ pixel: SIMD2<Double>) -> Bool {
        pixel.x >= -0.5 && pixel.x <= Double(width) - 0.5 && pixel.y >= -0.5 && pixel.y <= Double(height) - 0.5
    }
}
