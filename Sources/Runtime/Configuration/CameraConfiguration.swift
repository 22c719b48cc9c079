import Camera
import Platform

/// A camera of a run: the device and how it is set, and the networks that its frames go to.
///
///     camera:
///       device: /dev/v4l/by-path/pci-0000:00:14.0-usb-0:2:1.0-video-index0
///       size: 1280x720
///       rate: 30
///       controls: {exposure: 200, power_line_frequency: 50 Hz}
public struct CameraConfiguration: Sendable {
    /// The camera's name in messages and health; for several cameras also its publisher's name on the bus.
    public var name: String?
    public var settings: CameraSettings
    /// Whether JPEGs are decoded at full size, although the networks need less.
    public var isFullSize = false
    /// Path of the camera's calibration. Relative paths in a configuration file are relative to that file.
    public var calibration: String?
    /// Networks of this camera; nil for those of the whole run.
    public var detection: NetworkConfiguration?
    public var road: NetworkConfiguration?
    /// Nanoseconds from capture to published for this camera; nil for the whole run's budget.
    public var budget: Int64?

    public init(device: String) {
        settings = CameraSettings(device: device)
    }
}
