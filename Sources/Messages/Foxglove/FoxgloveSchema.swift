/// Foxglove's schemas that Sightline's recordings use or that drives are read from.
///
/// Source: https://docs.foxglove.dev/docs/visualization/message-schemas
public enum FoxgloveSchema: String, CaseIterable, Sendable {
    case cameraCalibration = "CameraCalibration"
    case compressedImage = "CompressedImage"
    case compressedVideo = "CompressedVideo"
    case frameTransform = "FrameTransform"
    case imageAnnotations = "ImageAnnotations"
    case log = "Log"
    case rawImage = "RawImage"
    case sceneUpdate = "SceneUpdate"

    /// Full name, such as `foxglove.CompressedImage`.
    public var typeName: String { "foxglove." + rawValue }

    public init?(typeName: String) {
        guard typeName.hasPrefix("foxglove.") else { return nil }
        self.init(rawValue: String(typeName.dropFirst("foxglove.".count)))
    }

    /// The serialised FileDescriptorSet of the schema with its imports.
    public var fileDescriptorSet: [UInt8] {
        switch self {
        case .cameraCalibration: MessageSchemas.decodeBase64(FoxgloveDescriptorSets.cameraCalibration)
        case .compressedImage: MessageSchemas.decodeBase64(FoxgloveDescriptorSets.compressedImage)
        case .compressedVideo: MessageSchemas.decodeBase64(FoxgloveDescriptorSets.compressedVideo)
        case .frameTransform: MessageSchemas.decodeBase64(FoxgloveDescriptorSets.frameTransform)
        case .imageAnnotations: MessageSchemas.decodeBase64(FoxgloveDescriptorSets.imageAnnotations)
        case .log: MessageSchemas.decodeBase64(FoxgloveDescriptorSets.log)
        case .rawImage: MessageSchemas.decodeBase64(FoxgloveDescriptorSets.rawImage)
        case .sceneUpdate: MessageSchemas.decodeBase64(FoxgloveDescriptorSets.sceneUpdate)
        }
    }
}
