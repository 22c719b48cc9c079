/// The ways in which cameras are written down.
public enum CameraFileFormat: String, Hashable, Sendable, CaseIterable {
    /// ROS's camera_info YAML, with Sightline's additions.
    case ros
    /// OpenCV's FileStorage, as its calibration samples and the interactive tool write it.
    case opencv
    /// Kalibr's camchain.
    case kalibr
}
