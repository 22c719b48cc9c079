import Glibc

// How a camera is mounted, from what can be seen in a picture.
extension Mounting {
    /// Pitch from the row of the horizon: the eye level of things far away on flat ground.
    ///
    /// - Parameters:
    ///   - horizon: image row at the principal point's column, centre-based.
    ///   - uncertainty: standard deviation of that row, in pixels.
    /// - Returns: `known` with the pitch found; nil when the lens model sees nothing there.
    public static func find(
        horizon row: Double, uncertainty: Double, model: CameraModel, known: Mounting
    ) -> Mounting? {
        guard let ray = model.unproject(SIMD2(model.cx, row)), ray.z > 0.05 else { return nil }
        var result = known
        result.pitchDegrees = OnlineExtrinsics.angles(of: ray, roll: known.rollDegrees).pitch
        let byPixels = uncertainty / model.fy / Angle.degree
        // A roll that is off lifts the horizon where it is read, unless that is the middle.
        result.deviations.pitchDegrees = (byPixels * byPixels + 0.05 * 0.05).squareRoot()
        return result
    }

    /// Pitch and yaw from the point where lines along the vehicle's direction meet: lane lines, kerbs, rails.
    ///
    /// - Parameters:
    ///   - point: pixel, centre-based.
    ///   - uncertainty: standard deviation of its place, in pixels.
    /// - Returns: `known` with pitch and yaw found; nil when the lens model sees nothing there.
    public static func find(
        vanishingPoint point: SIMD2<Double>, uncertainty: Double, model: CameraModel, known: Mounting
    ) -> Mounting? {
        guard let ray = model.unproject(point), ray.z > 0.05 else { return nil }
        var result = known
        (result.pitchDegrees, result.yawDegrees) = OnlineExtrinsics.angles(of: ray, roll: known.rollDegrees)
        let pitch = uncertainty / model.fy / Angle.degree
        // The vehicle does not stand along its lane to better than half a degree.
        let yaw = uncertainty / model.fx / Angle.degree
        result.deviations.pitchDegrees = (pitch * pitch + 0.1 * 0.1).squareRoot()
        result.deviations.yawDegrees = (yaw * yaw + 0.5 * 0.5).squareRoot()
        return result
    }

    /// Height, pitch and roll from a board that lies flat on the ground; yaw from its side that points nearest to straight
    /// ahead, if that is laid along the vehicle.
    ///
    /// - Parameter known: gives the position on the vehicle, which the board does not tell.
    /// - Returns: nil when the corners determine no pose.
    public static func find(board view: BoardView, model: CameraModel, known: Mounting) -> (
        mounting: Mounting, rms: Double
    )? {
        guard let found = BoardPose.find(view, model) else { return nil }
        var mounting = known
        let values = groundValues(found.pose)
        mounting.heightMetres = values[0]
        mounting.pitchDegrees = values[1]
        mounting.rollDegrees = values[2]
        mounting.yawDegrees = values[3]
        let spread = boardDeviations(view, model, found.pose, rms: found.rms)
        // The ground under the wheels and under the board is not one plane to better than this.
        mounting.deviations.heightMetres = hypot(spread[0], 0.01)
        mounting.deviations.pitchDegrees = hypot(spread[1], 0.15)
        mounting.deviations.rollDegrees = hypot(spread[2], 0.15)
        mounting.deviations.yawDegrees = hypot(spread[3], 0.5)
        return (mounting, found.rms)
    }

    /// Height in metres; pitch, roll and yaw in degrees of a camera over a board on the ground.
    private static func groundValues(_ pose: BoardPose) -> [Double] {
        var up = pose.rotation.column2
        if up.dot(pose.translation) > 0 { up = -up }
        let height = -up.dot(pose.translation)
        // Up, seen from the camera body, is (-sin pitch, cos pitch sin roll, cos pitch cos roll).
        let body = opticalToForward * up
        let pitch = asin(min(max(-body.x, -1), 1))
        let roll = atan2(body.y, body.z)
        let level = Matrix3.rotation(aboutY: pitch) * Matrix3.rotation(aboutX: roll) * opticalToForward
        let sides = [pose.rotation.column0, -pose.rotation.column0, pose.rotation.column1, -pose.rotation.column1]
        let ahead = sides.map { level * $0 }.max { $0.x < $1.x } ?? SIMD3(1, 0, 0)
        let yaw = -atan2(ahead.y, ahead.x)
        return [height, pitch / Angle.degree, roll / Angle.degree, yaw / Angle.degree]
    }

    /// Standard deviations of ``groundValues(_:)``, from how the corners scatter.
    private static func boardDeviations(
        _ view: BoardView, _ model: CameraModel, _ pose: BoardPose, rms: Double
    ) -> [Double] {
        let base = groundValues(pose)
        let step = 1e-5
        // Derivatives of the corners' pixels with respect to the pose give its covariance.
        var normal = SmallMatrix(size: 6)
        var derivatives: [[Double]] = []
        var moved: [BoardPose] = []
        for index in 0..<6 {
            var turn = SIMD3(0.0, 0.0, 0.0)
            var other = pose
            if index < 3 {
                turn[index] = step
                other.rotation = Matrix3(rotationVector: turn) * pose.rotation
            } else {
                other.translation[index - 3] += step
            }
            moved.append(other)
            derivatives.append(zip(groundValues(other), base).map { ($0 - $1) / step })
        }
        for place in view.board {
            guard let seen = model.project(pose.apply(place)) else { continue }
            let changes = moved.map { other in (model.project(other.apply(place)) ?? seen) - seen }
            normal.addOuter(changes.map { $0.x / step })
            normal.addOuter(changes.map { $0.y / step })
        }
        guard let covariance = normal.inverse() else { return [0.05, 0.5, 0.5, 0.5] }
        // rms is of distances in two dimensions.
        let variance = max(rms * rms / 2, 0.01)
        return (0..<4).map { value in
            var sum = 0.0
            for row in 0..<6 {
                for column in 0..<6 {
                    sum += derivatives[row][value] * covariance[row, column] * derivatives[column][value]
                }
            }
            return (max(sum, 0) * variance).squareRoot()
        }
    }
}
