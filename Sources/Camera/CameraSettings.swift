/// Which camera, and how it is to be set.
public struct CameraSettings: Sendable, Hashable {
    /// A path, a number or the name of a link, as ``DevicePaths/path(for:)`` takes it.
    public var device: String
    public var wish: CaptureWish
    public var controls: [ControlSetting]

    /// How large pictures need to be for the networks, which fit them into this size and keep their proportions: JPEGs are
    /// decoded at the smallest scale that is enough for it. Nil for full size.
    public var neededSize: PictureSize?

    /// How many frames the user of the camera has at the same time, besides the one that is being fetched.
    public var framesHeld = 2

    public struct PictureSize: Sendable, Hashable {
        public var width: Int
        public var height: Int

        public init(width: Int, height: Int) {
            self.width = width
            self.height = height
        }
    }

    public init(device: String, wish: CaptureWish = CaptureWish(), controls: [ControlSetting] = []) {
        self.device = device
        self.wish = wish
        self.controls = controls
    }
}
