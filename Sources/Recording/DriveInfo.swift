/// What is known about a drive before its frames are read. Header claims; frames may be fewer.
public struct DriveInfo: Hashable, Sendable {
    /// The file or folder.
    public var path: String
    /// Pixels of a frame as it is delivered: upright, after any rotation the file asks for.
    public var width: Int
    public var height: Int
    /// Frames per second.
    public var rate: Double
    /// Seconds, when the file says.
    public var duration: Double?
    /// How many frames the file claims to have, when it says.
    public var frameCount: Int?
    /// The codec's short name: "h264", "mpeg4", "jpeg".
    public var codec: String
    /// The container's short name: "mov", "matroska", "folder", "picture".
    public var container: String
    /// Degrees clockwise by which frames were turned to stand upright: 0, 90, 180 or 270.
    public var rotation: Int

    public init(
        path: String, width: Int, height: Int, rate: Double, duration: Double?, frameCount: Int?, codec: String,
        container: String, rotation: Int = 0
    ) {
        self.path = path
        self.width = width
        self.height = height
        self.rate = rate
        self.duration = duration
        self.frameCount = frameCount
        self.codec = codec
        self.container = container
        self.rotation = rotation
    }
}
