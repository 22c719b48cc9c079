import Glibc

/// What the shifts of the distant picture add up to: nodding, turning, and whether the vehicle moves at all.
struct PictureMotion: Sendable, Hashable {
    /// How far springs turn the camera further down than its mean over the last half minute, degrees.
    private(set) var noddingDegrees = 0.0

    /// Degrees a second, to the left, smoothed; nil when it was not measured.
    private(set) var yawRate: Double?

    /// Smoothed share of the near picture that changes from frame to frame; nil when it was not measured.
    private(set) var changedShare: Double?

    /// Below, the vehicle stands.
    static let standingShare = 0.03

    /// Whether the vehicle stands; false where that is not known.
    var isStanding: Bool { changedShare.map { $0 < Self.standingShare } ?? false }

    /// Seconds over which nodding fades: mean attitude is the mounting's.
    private static let noddingMemory = 20.0
    /// The same where the picture's motion was not recognised.
    private static let unwatchedMemory = 2.0
    private static let smoothing = 0.5

    /// Takes the shift since the last frame.
    ///
    /// - Parameters:
    ///   - seconds: since the last frame.
    ///   - focal: focal lengths in pixels.
    mutating func add(_ shift: CameraShift, seconds: Double, focal: SIMD2<Double>) {
        guard seconds > 0, seconds < 1 else { return self = PictureMotion() }
        let share = min(seconds / Self.smoothing, 1)
        if let changed = shift.changedShare {
            changedShare = changedShare.map { $0 + (Double(changed) - $0) * share } ?? Double(changed)
        }
        guard shift.deviation != nil else {
            noddingDegrees *= exp(-seconds / Self.unwatchedMemory)
            yawRate = nil
            return
        }
        // The distant picture moves up when the camera turns down, and to the right when it turns to the left.
        let turned = SIMD2(Double(shift.x), -Double(shift.y)) / focal / radiansPerDegree
        noddingDegrees = noddingDegrees * exp(-seconds / Self.noddingMemory) + turned.y
        yawRate = yawRate.map { $0 + (turned.x / seconds - $0) * share } ?? turned.x / seconds
    }
}
