/// The entry by which a quantised file allows the weights and values of attentions to be bytes: what QuantizeLinear cannot
/// express, since each query's weights need a unit of their own. Readers that do not know it compute them in float.
public enum ByteAttention {
    public static let metadataKey = "sightline.quantization.attention"
    public static let metadataValue = "uint8"
}
