import Calibration
import Messages

/// Words what driving shows of a camera's mounting as causes on the health board. For slow threads.
struct CalibrationAlarm: Sendable {
    /// Stages of the cause `CALIBRATION_DRIFT`.
    private static let fileStage = "calibration"
    private static let mountStage = "mounting"
    private static let stateStage = "calibration state"

    let board: HealthBoard

    func look(_ online: OnlineExtrinsics) {
        if case .remounted(let share) = online.stage {
            board.raise(
                .calibrationDrift, stage: Self.mountStage, amount: share * 100, unit: "percent",
                detail: "the camera was moved while driving; its pitch and yaw are being learnt anew "
                    + "(\(Int(share * 100)) % of what is needed), distances are less sure until then")
        } else {
            board.clear(.calibrationDrift, stage: Self.mountStage)
        }
        guard let drift = online.drift else { return board.clear(.calibrationDrift, stage: Self.fileStage) }
        let mounting = online.mounting
        board.raise(
            .calibrationDrift, stage: Self.fileStage,
            amount: max(drift.pitchDegrees.magnitude, drift.yawDegrees.magnitude),
            unit: "degrees",
            detail: "\(drift); distances use what driving shows: pitch_deg: "
                + "\(fixedDecimal(mounting.pitchDegrees, digits: 2)), yaw_deg: "
                + fixedDecimal(mounting.yawDegrees, digits: 2))
    }

    /// What is learnt cannot be kept for the next run; it is used all the same.
    func tellUnsaved(_ error: CalibrationError) {
        board.raise(
            .unknown, stage: Self.stateStage,
            detail: "what is learnt of pitch and yaw cannot be kept for the next run: \(error)")
    }
}
