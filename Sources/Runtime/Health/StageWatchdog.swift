import Platform

/// Raises `STAGE_HANGS` when the loop has been in one stage for much too long, and names the stage.
package struct StageWatchdog {
    private let limit: Int64
    private let signals: [HealthSignal]

    /// - Parameter limit: nanoseconds in one stage from which it counts as hanging.
    package init(board: HealthBoard, limit: Int64) {
        self.limit = limit
        signals = Stage.allCases.map { stage in
            board.signal(.stageHangs, stage: stage.name, unit: "ms") { amount, _ in
                "the stage \(stage.name) has not ended for \(Int(amount)) ms"
            }
        }
    }

    /// Looks where the loop is. Waiting for a frame is no work and cannot hang; that a source delivers none is the source's to
    /// say.
    ///
    /// - Returns: whether the loop is alive.
    package func look(_ progress: LoopProgress, now: MonotonicTime) -> Bool {
        let (stage, since) = progress.current
        let time = now - since
        let hangs = stage != .wait && time > limit
        for candidate in Stage.allCases {
            if hangs && candidate == stage {
                signals[candidate.rawValue].raise(amount: Double(time) / 1e6, since: since)
            } else {
                signals[candidate.rawValue].clear(now: now)
            }
        }
        return !hangs
    }
}
