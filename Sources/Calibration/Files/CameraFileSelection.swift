/// What a file in another format leaves open.
public struct CameraFileSelection: Hashable, Sendable {
    /// Which camera of a file with several, counted from 0.
    public var camera: Int?
    /// Image size where the file does not say: OpenCV's stereo files.
    public var imageSize: SIMD2<Int>?
    /// Lens model where the file does not say.
    public var lens: LensDistortion.Model?
    /// Name of the camera where the file does not say.
    public var name: String?

    public init(
        camera: Int? = nil, imageSize: SIMD2<Int>? = nil, lens: LensDistortion.Model? = nil, name: String? = nil
    ) {
        self.camera = camera
        self.imageSize = imageSize
        self.lens = lens
        self.name = name
    }
}
