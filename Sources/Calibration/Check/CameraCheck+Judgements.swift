import Glibc

// What a camera that can be used may still have wrong with it.
extension CameraCheck {
    mutating func judge(_ camera: CameraCalibration, statesDeviations: Bool) {
        judgeFocalLength(camera.model)
        judgePrincipalPoint(camera.model)
        judgeDistortion(camera.model)
        judgeQuality(camera)
        judgeMounting(camera, statesDeviations: statesDeviations)
    }

    private mutating func judgeFocalLength(_ model: CameraModel) {
        let isFisheye = model.distortion.model == .equidistant
        let halfWidth = Double(model.width) / 2
        let angle = 2 * (isFisheye ? halfWidth / model.fx : atan(halfWidth / model.fx)) / Angle.degree
        if angle > (isFisheye ? 230 : 130) || angle < 8 {
            add(
                .warning, "camera_matrix",
                "a focal length of \(short(model.fx)) px with images \(model.width) px wide is a view of "
                    + "\(short(angle)) degrees: does the matrix belong to this image size?")
        }
        let ratio = model.fx / model.fy
        guard (ratio - 1).magnitude > 0.03 else { return }
        add(
            .warning, "camera_matrix",
            "fx is \(short(ratio)) times fy, but nearly all sensors have square pixels: were the pictures stretched to "
                + "\(model.width)x\(model.height) from another aspect ratio?")
    }

    private mutating func judgePrincipalPoint(_ model: CameraModel) {
        let (width, height) = (Double(model.width), Double(model.height))
        guard model.contains(SIMD2(model.cx, model.cy)) else {
            add(
                .warning, "camera_matrix",
                "the principal point (\(short(model.cx)), \(short(model.cy))) lies outside the image of "
                    + "\(model.width)x\(model.height): the matrix is that of another image size")
            return
        }
        let (x, y) = ((model.cx + 0.5) / width, (model.cy + 0.5) / height)
        guard (x - 0.5).magnitude > 0.1 || (y - 0.5).magnitude > 0.12 else { return }
        if (x - y).magnitude < 0.06 {
            let likely = "\(Int((2 * model.cx + 1).rounded()))x\(Int((2 * model.cy + 1).rounded()))"
            add(
                .warning, "camera_matrix",
                "the principal point fits images of about \(likely), the file says \(model.width)x\(model.height)")
            return
        }
        add(
            .warning, "camera_matrix",
            "the principal point (\(short(model.cx)), \(short(model.cy))) is far from the middle: calibrate with more "
                + "views near the image's corners, or was the image cropped?")
    }

    private mutating func judgeDistortion(_ model: CameraModel) {
        let border = model.borderPixels(steps: 40)
        let blind = border.filter { model.unproject($0) == nil }
        if !blind.isEmpty {
            let center = SIMD2(model.cx, model.cy)
            let nearest = blind.reduce(Double.infinity) { min($0, ($1 - center).length) }
            add(
                .warning, "distortion_coefficients",
                "the lens model folds back inside the image, from about \(short(nearest)) px from the middle on "
                    + "(\(blind.count * 100 / border.count) % of the border): there are no distances there; calibrate with views "
                    + "of the board in the corners")
        }
        if model.distortion.coefficients.allSatisfy({ $0 == 0 }) {
            add(.note, "distortion_coefficients", "no distortion at all: right for rendered images, rarely for a lens")
        }
    }

    private mutating func judgeQuality(_ camera: CameraCalibration) {
        let quality = camera.quality
        if let rms = quality.rmsPixels, rms > 1 {
            add(
                .warning, "calibration.rms_px",
                "corners are off by \(short(rms)) px; 0.5 is usual: was the board flat and the picture sharp?")
        }
        if let rms = quality.rmsPixels, let held = quality.heldOutRMSPixels, held > 2 * rms, held > 0.3 {
            add(
                .warning, "calibration.held_out_rms_px",
                "views that the model had not seen fit \(short(held / rms)) times worse: too few different views")
        }
        if let deviations = quality.deviations, deviations.fx > 0.01 * camera.model.fx {
            let percent = short(100 * deviations.fx / camera.model.fx)
            add(
                .warning, "calibration.standard_deviations",
                "the focal length is uncertain by \(percent) %, and so is every distance: take more tilted views")
        }
    }

    private mutating func judgeMounting(_ camera: CameraCalibration, statesDeviations: Bool) {
        guard let mounting = camera.mounting else {
            add(
                .warning, "extrinsics",
                "how the camera is mounted is missing, so there will be no distances: run `sightline calibrate extrinsics`"
            )
            return
        }
        if !(0.1...6 ~= mounting.heightMetres) {
            add(
                .warning, "extrinsics.height_m",
                "\(short(mounting.heightMetres)) m is an unusual height for a camera on a vehicle: the unit is metres")
        }
        if mounting.pitchDegrees.magnitude > 60 || mounting.rollDegrees.magnitude > 15 {
            add(
                .warning, "extrinsics",
                "pitch \(short(mounting.pitchDegrees)) and roll \(short(mounting.rollDegrees)) degrees: the unit is degrees, "
                    + "pitch is positive looking down, and 0 is straight ahead")
        }
        guard
            let plane = try? GroundPlane(model: camera.model, mounting: mounting, deviations: camera.quality.deviations)
        else { return }
        let bottom = SIMD2(camera.model.cx, Double(camera.model.height) - 1)
        if let ray = plane.direction(of: bottom), ray.z > -GroundPlane.smallestSlope {
            add(
                .error, "extrinsics.pitch_deg",
                "with a pitch of \(short(mounting.pitchDegrees)) degrees the image shows no ground at all: pitch is "
                    + "positive when the camera looks down")
            return
        }
        if let horizon = plane.horizonRow(), horizon < -Double(camera.model.height) {
            add(
                .warning, "extrinsics.pitch_deg",
                "with a pitch of \(short(mounting.pitchDegrees)) degrees the horizon is far above the image")
        }
        if !statesDeviations {
            add(
                .note, "extrinsics.standard_deviations",
                "missing, so those of measuring by hand are assumed: 0.5 degrees and 2 cm")
        }
        guard let pixel = plane.pixel(x: mounting.xMetres + 30, y: 0), let place = plane.point(at: pixel) else {
            return
        }
        if place.deviationX > 3 {
            add(
                .note, "extrinsics.standard_deviations",
                "a distance of 30 m is uncertain by \(short(place.deviationX)) m, most of it from the pitch; driving "
                    + "straight on marked roads finds it better")
        }
    }
}
