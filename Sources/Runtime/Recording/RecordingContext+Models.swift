import Platform
import Recording

extension RecordingContext {
    /// Adds which networks ran: each model's file and SHA-256, so that a later replay can tell whether it has the same.
    public mutating func add(_ configuration: Configuration) throws(PlatformError) {
        var values: [String: String] = [:]
        for (role, network) in [("detection", configuration.detection), ("road", configuration.road)] {
            guard let network else { continue }
            values[role + ".model"] = network.model.split(separator: "/").last.map(String.init) ?? network.model
            values[role + ".sha256"] = try Self.digest(ofFile: network.model)
        }
        metadata.append(MCAPMetadata(name: "sightline.models", values: values))
    }

    private static func digest(ofFile path: String) throws(PlatformError) -> String {
        let file = try MappedFile(path: path)
        var sha = SHA256()
        sha.update(file.unsafeBytes)
        _ = file.byteCount
        return sha.finish()
    }
}
