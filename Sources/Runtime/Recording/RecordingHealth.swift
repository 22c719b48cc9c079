import Recording

/// Tells the health board how a recording stands.
struct RecordingHealth: Sendable {
    private let board: HealthBoard
    private let stage: String

    init(_ board: HealthBoard, path: String) {
        self.board = board
        stage = "recording " + (path.split(separator: "/").last.map(String.init) ?? path)
    }

    /// Raises and clears what the condition says. Called by the recorder's thread.
    func note(_ condition: RecordingCondition) {
        switch condition.state {
        case .writing:
            board.clear(.diskFull, stage: stage)
            if condition.isKeepingUp {
                board.clear(.diskSlow, stage: stage)
            } else {
                board.raise(
                    .diskSlow, stage: stage, amount: Double(condition.lostOnBus), unit: "messages",
                    detail: "the recording does not keep up: \(condition.lostOnBus) messages lost so far")
            }
        case .diskFull:
            board.raise(
                .diskFull, stage: stage, amount: Double(condition.lostOnDisk), unit: "messages",
                detail: "the disk is full: \(condition.lostOnDisk) messages lost so far; what was recorded is complete")
        case .failed(let reason):
            board.raise(
                .diskSlow, stage: stage, amount: Double(condition.lostOnDisk), unit: "messages",
                detail: "recording failed: \(reason); \(condition.lostOnDisk) messages lost so far")
        }
    }
}
