/// How far a camera's angles have gone from its file.
public struct CalibrationDrift: Hashable, Sendable, CustomStringConvertible {
    /// Positive: looks further down than the file says.
    public var pitchDegrees: Double
    /// Positive: looks further left.
    public var yawDegrees: Double

    public var description: String {
        func part(_ degrees: Double, _ positive: String, _ negative: String) -> String? {
            degrees.magnitude < 0.1
                ? nil : "\(short(degrees.magnitude)) degrees \(degrees > 0 ? positive : negative)"
        }
        let parts = [
            part(pitchDegrees, "further down", "further up"),
            part(yawDegrees, "further left", "further right"),
        ]
        return "the camera looks " + parts.compactMap { $0 }.joined(separator: " and ")
            + " than its file says"
    }
}
