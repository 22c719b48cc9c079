import Calibration
import Messages

/// What a run has learnt of its camera's pitch and yaw, for the user at its end.
public struct CalibrationSummary: Sendable {
    /// The mounting that distances stand on at the end.
    public let mounting: Mounting
    public let stage: OnlineExtrinsics.Stage
    public let drift: CalibrationDrift?
    /// Stretches of straight road of some seconds that it was learnt from.
    public let blockCount: Int

    init(_ online: OnlineExtrinsics) {
        mounting = online.mounting
        stage = online.stage
        drift = online.drift
        blockCount = online.blocks.count
    }

    public var text: String {
        let deviations = mounting.deviations
        let angles =
            "pitch \(fixedDecimal(mounting.pitchDegrees, digits: 2)) +- \(fixedDecimal(deviations.pitchDegrees, digits: 2)), "
            + "yaw \(fixedDecimal(mounting.yawDegrees, digits: 2)) +- \(fixedDecimal(deviations.yawDegrees, digits: 2)) degrees"
        guard blockCount > 0 else { return angles + " from the camera file; no straight road was seen to check them" }
        return angles + " after \(blockCount) stretches of straight road (\(stageText))"
            + (drift.map { "; \($0)" } ?? "")
    }

    private var stageText: String {
        switch stage {
        case .calibrated: "calibrated"
        case .collecting(let share): "\(Int(share * 100)) % of what is needed"
        case .remounted(let share): "the camera was moved: \(Int(share * 100)) % of what is needed"
        }
    }

    public var json: JSONValue {
        .object([
            .init("pitch_deg", .number(mounting.pitchDegrees)),
            .init("pitch_sd_deg", .number(mounting.deviations.pitchDegrees)),
            .init("yaw_deg", .number(mounting.yawDegrees)),
            .init("yaw_sd_deg", .number(mounting.deviations.yawDegrees)),
            .init("calibrated", .boolean(stage == .calibrated)), .init("stretches", .signed(Int64(blockCount))),
            .init(
                "drift",
                drift.map {
                    .object([.init("pitch_deg", .number($0.pitchDegrees)), .init("yaw_deg", .number($0.yawDegrees))])
                } ?? .null),
        ])
    }
}
