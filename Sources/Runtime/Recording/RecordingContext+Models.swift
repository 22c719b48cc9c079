import Calibration
import Platform
import Recording

extension RecordingContext {
    /// Adds what ran: each network's file and SHA-256, so that a later replay can tell whether it has the same, and the
    /// calibrations of the cameras.
    public mutating func add(_ configuration: Configuration) throws(RuntimeError) {
        var values: [String: String] = [:]
        try add(configuration.detection, configuration.road, prefix: "", to: &values)
        let cameras = configuration.cameras
        for camera in cameras {
            // A single camera's topics have no name in front.
            let prefix = cameras.count > 1 ? camera.name.map { $0 + "." } : nil
            try add(camera.detection, camera.road, prefix: prefix ?? "", to: &values)
        }
        let names = cameras.count > 1 ? cameras.map { $0.name ?? "camera" } : ["camera"]
        for (index, name) in names.enumerated() {
            let own = cameras.indices.contains(index) ? cameras[index].calibration : nil
            if let calibration = own ?? configuration.calibration { try add(calibration: calibration, name: name) }
        }
        metadata.append(MCAPMetadata(name: "sightline.models", values: values))
    }

    private mutating func add(
        _ detection: NetworkConfiguration?, _ road: NetworkConfiguration?, prefix: String,
        to values: inout [String: String]
    ) throws(RuntimeError) {
        for (role, network) in [("detection", detection), ("road", road)] {
            guard let network else { continue }
            values[prefix + role + ".model"] = Self.name(ofFile: network.model)
            do throws(PlatformError) {
                values[prefix + role + ".sha256"] = try Self.digest(ofFile: network.model)
            } catch {
                throw .platform(error)
            }
        }
    }

    /// Adds a calibration, as a file and as what viewers need of it. The same file is added once.
    public mutating func add(calibration path: String, name: String) throws(RuntimeError) {
        do throws(CalibrationError) {
            add(try CameraCalibration(contentsOf: path), name: name)
        } catch {
            throw .calibration(error)
        }
        do throws(PlatformError) { try attach(path) } catch { throw .platform(error) }
    }

    /// Keeps a file in the recording; one that is there already, only once.
    public mutating func attach(_ path: String) throws(PlatformError) {
        let file = try MappedFile(path: path)
        let attachment = MCAPAttachment(
            name: Self.name(ofFile: path),
            mediaType: path.hasSuffix(".yaml") ? "application/yaml" : "application/octet-stream",
            data: file.withBytes { [UInt8]($0) })
        if !attachments.contains(attachment) { attachments.append(attachment) }
    }

    private static func name(ofFile path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    private static func digest(ofFile path: String) throws(PlatformError) -> String {
        let file = try MappedFile(path: path)
        var sha = SHA256()
        sha.update(file.unsafeBytes)
        _ = file.byteCount
        return sha.finish()
    }
}
