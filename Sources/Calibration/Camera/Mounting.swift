/// How a camera sits on a vehicle.
///
/// **Vehicle axes** are ISO 8855: x forward, y to the left, z up, origin on the ground at the vehicle's reference point
/// (anywhere the user likes; with ``xMetres`` and ``yMetres`` zero it is straight below the camera).
///
/// **Camera optical axes**: x to the right in the image, y down, z forward.
///
/// The angles turn a camera that looks straight ahead into its place: first yaw, then pitch, then roll, each about the
/// axes as turned so far, each right-handed about its ISO 8855 axis. So:
/// - **pitch** (about y, left) is positive when the camera looks **down**;
/// - **yaw** (about z, up) is positive when it looks to the **left**;
/// - **roll** (about x, forward) is positive when it leans to the **right**: its left side is up, and the horizon in the
///   image falls towards the left.
public struct Mounting: Hashable, Sendable {
    /// The camera's height above the ground.
    public var heightMetres: Double
    public var pitchDegrees: Double
    public var yawDegrees: Double
    public var rollDegrees: Double
    /// The camera's position forward of the reference point.
    public var xMetres: Double
    /// The camera's position to the left of the reference point.
    public var yMetres: Double
    public var deviations: MountingDeviations

    public init(
        heightMetres: Double, pitchDegrees: Double = 0, yawDegrees: Double = 0, rollDegrees: Double = 0,
        xMetres: Double = 0, yMetres: Double = 0, deviations: MountingDeviations = .measuredByHand
    ) {
        self.heightMetres = heightMetres
        self.pitchDegrees = pitchDegrees
        self.yawDegrees = yawDegrees
        self.rollDegrees = rollDegrees
        self.xMetres = xMetres
        self.yMetres = yMetres
        self.deviations = deviations
    }
}

extension Mounting {
    /// Optical axes in the axes of a camera body that looks forward: z forward, x to the right, y down.
    static let opticalToForward = Matrix3(SIMD3(0, 0, 1), SIMD3(-1, 0, 0), SIMD3(0, -1, 0))

    /// Takes directions in camera optical axes to vehicle axes.
    public var vehicleFromCamera: Matrix3 {
        Matrix3.rotation(aboutZ: yawDegrees * Angle.degree) * Matrix3.rotation(aboutY: pitchDegrees * Angle.degree)
            * Matrix3.rotation(aboutX: rollDegrees * Angle.degree) * Self.opticalToForward
    }

    /// The camera's place in vehicle axes.
    public var position: SIMD3<Double> { SIMD3(xMetres, yMetres, heightMetres) }
}
