import Calibration

/// Where learning of a camera's pitch and yaw begins: nowhere, with the camera file, or with what earlier runs have learnt.
package struct OnlineStart: Sendable {
    /// Nil when the camera file's angles are to be used as they are.
    package let online: OnlineExtrinsics?
    /// Where what is learnt is kept; nil to keep nothing.
    package let statePath: String?
    /// What the user should know.
    package let note: String?

    /// Nothing is learnt.
    static let fixed = OnlineStart(online: nil, statePath: nil, note: nil)

    private init(online: OnlineExtrinsics?, statePath: String?, note: String?) {
        self.online = online
        self.statePath = statePath
        self.note = note
    }

    /// A state that cannot be read is told, and learning starts anew; the next save replaces it.
    ///
    /// - Parameter mounting: the camera file's; nil without one.
    package init(_ configuration: Configuration, mounting: Mounting?) {
        guard let mounting, configuration.learnsMounting else {
            self = .fixed
            return
        }
        var online = OnlineExtrinsics(mounting: mounting)
        var note: String?
        if let path = configuration.calibrationState {
            do throws(CalibrationError) {
                online = try OnlineExtrinsics(restoring: path, mounting: mounting)
            } catch {
                note = Self.note(error)
            }
        }
        self.init(online: online, statePath: configuration.calibrationState, note: note)
    }

    private static func note(_ error: CalibrationError) -> String? {
        // Before the first run there is none.
        if case .platform(let text) = error, text.isMissingFile { return nil }
        return "\(error); what earlier runs have learnt of pitch and yaw is lost, learning starts anew"
    }

    /// Where a live run keeps what it learns of a camera: beside its file, `front.yaml` and `front.online.yaml`.
    package static func statePath(besideCalibration path: String) -> String {
        let stem = path.hasSuffix(".yaml") ? path.dropLast(5) : path.hasSuffix(".yml") ? path.dropLast(4) : path[...]
        return stem + ".online.yaml"
    }
}
