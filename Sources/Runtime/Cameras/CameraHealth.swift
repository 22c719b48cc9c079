import Camera
import Messages
import Platform

/// Carries a camera's faults over to the health board: one cause for each kind that the bus knows, with the words of all
/// faults behind it.
struct CameraHealth {
    private let signals: [HealthSignal]
    private var revision = 0

    private static let kinds: [HealthSignal.Kind] = [.cameraLost, .cameraFrozen, .cameraError, .cameraSlow]

    init(board: HealthBoard, camera: String) {
        signals = Self.kinds.map { kind in
            board.signal(kind, stage: camera, unit: kind == .cameraSlow ? "frames" : "times") { _, _ in "\(kind)" }
        }
    }

    /// Raises what holds and clears what has ended. Costs a comparison while nothing changes.
    mutating func update(_ camera: Camera) {
        guard camera.faultRevision != revision else { return }
        revision = camera.faultRevision
        let ended = camera.takeEndedFaults()
        for signal in signals { update(signal, active: camera.faults.active, ended: ended) }
    }

    private func update(_ signal: HealthSignal, active: [CameraFault], ended: [CameraFault]) {
        let holding = active.filter { $0.kind.healthKind == signal.kind }
        let over = ended.filter { $0.kind.healthKind == signal.kind }
        let all = over + holding
        guard let first = all.map(\.since).min() else { return }
        // What led to what, in the order of its beginning.
        let words = all.sorted { $0.since < $1.since }.map { "\($0.kind.rawValue): \($0.detail)" }
        signal.raise(
            amount: Double(all.reduce(0) { $0 + $1.count }), since: first, detail: words.joined(separator: "; then "))
        guard holding.isEmpty else { return }
        let end = over.map { $0.since + ($0.lasted ?? 0) }.max()
        signal.clear(now: end ?? .now)
    }
}

extension CameraFault.Kind {
    /// What it is called on the bus.
    var healthKind: HealthSignal.Kind {
        switch self {
        case .errorFlag, .damagedPicture, .bufferError, .badTimestamp: .cameraError
        case .lostFrames: .cameraSlow
        case .frozen: .cameraFrozen
        case .unplugged, .streamError, .silent, .busy, .noAccess, .formatChanged: .cameraLost
        }
    }
}
