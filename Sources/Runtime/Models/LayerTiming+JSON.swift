import Messages
import SightlineInference

extension LayerTiming {
    /// One layer under the keys that `model bench --json` documents.
    var json: JSONValue {
        .object([
            .init("name", .string(layer.name)), .init("op", .string(layer.operatorType)),
            .init("kind", .string(layer.kind.rawValue)), .init("shape", .string("\(layer.shape)")),
            .init("ms", .number(minimumMilliseconds)), .init("mean_ms", .number(meanMilliseconds)),
            .init("gmac", .number(Double(layer.multiplyAccumulates) / 1e9)),
            .init("gmac_per_s", .number(gigaMultiplyAccumulatesPerSecond)),
            .init("bytes", .signed(Int64(layer.bytes))),
        ])
    }
}
