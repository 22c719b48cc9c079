/// Every range, method and signal-to-noise ratio of a quantised network.
public struct QuantizationReport: Sendable {
    public let network: String
    public let method: RangeMethod
    public let sampleCount: Int

    /// A digest of the calibration samples, so that two runs can be told apart.
    public let digest: String

    public let tensors: [TensorReport]
    public let layers: [LayerReport]
    public let floatLayers: [FloatLayer]

    public init(
        network: String, method: RangeMethod, sampleCount: Int, digest: String, tensors: [TensorReport],
        layers: [LayerReport], floatLayers: [FloatLayer]
    ) {
        self.network = network
        self.method = method
        self.sampleCount = sampleCount
        self.digest = digest
        self.tensors = tensors
        self.layers = layers
        self.floatLayers = floatLayers
    }
}
