/// Which camera, and how it is to be set.
public struct CameraSettings: Sendable, Hashable {
    /// A path, a number or the name of a link, as ``DevicePaths/path(for:)`` takes it.
    public var device: String
    public var wish: CaptureWish
    public var controls: [ControlSetting]

    /// The sizes that networks bring pictures to: JPEGs are decoded at the smallest scale that is enough for all of them.
    /// Empty for full size.
    public var neededSizes: [NeededSize] = []

    /// How many frames the user of the camera has at the same time, besides the one that is being fetched.
    public var framesHeld = 2

    /// What a network brings a picture to.
    public struct NeededSize: Sendable, Hashable {
        public var width: Int
        public var height: Int
        /// Whether the picture is stretched to this size; otherwise it is fitted into it and keeps its proportions.
        public var isStretched: Bool

        public init(width: Int, height: Int, isStretched: Bool = false) {
            self.width = width
            self.height = height
            self.isStretched = isStretched
        }
    }

    public init(device: String, wish: CaptureWish = CaptureWish(), controls: [ControlSetting] = []) {
        self.device = device
        self.wish = wish
        self.controls = controls
    }
}
