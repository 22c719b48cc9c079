import Recording

/// Tells health boards how a recording stands: those of all loops whose results it keeps.
struct RecordingHealth: Sendable {
    private let boards: [HealthBoard]
    private let stage: String

    init(_ boards: [HealthBoard], path: String) {
        self.boards = boards
        stage = "recording " + (path.split(separator: "/").last.map(String.init) ?? path)
    }

    /// Raises and clears what the condition says. Called by the recorder's thread.
    func note(_ condition: RecordingCondition) {
        switch condition.state {
        case .writing where condition.isKeepingUp:
            clear(.diskFull)
            clear(.diskSlow)
        case .writing:
            clear(.diskFull)
            raise(
                .diskSlow, condition.lostOnBus,
                "the recording does not keep up: \(condition.lostOnBus) messages lost so far")
        case .diskFull:
            clear(.diskSlow)
            raise(
                .diskFull, condition.lostOnDisk,
                "the disk is full: \(condition.lostOnDisk) messages lost so far; what was recorded is complete")
        case .failed(let reason):
            clear(.diskSlow)
            raise(
                .diskFull, condition.lostOnDisk,
                "recording failed: \(reason); \(condition.lostOnDisk) messages lost so far")
        }
    }

    private func raise(_ kind: HealthSignal.Kind, _ lost: UInt64, _ detail: String) {
        for board in boards {
            board.raise(kind, stage: stage, amount: Double(lost), unit: "messages", detail: detail)
        }
    }

    private func clear(_ kind: HealthSignal.Kind) {
        for board in boards { board.clear(kind, stage: stage) }
    }
}
