import Camera
import Platform

extension CameraConfiguration {
    private static let keys = ["name", "device", "size", "rate", "format", "controls", "full_size", "calibration"]

    /// Reads `camera`, or an entry of `cameras`, which may have networks and a budget of its own.
    init(_ node: YAMLNode, isOneOfSeveral: Bool) throws(PlatformError) {
        try node.allowOnly(Self.keys + (isOneOfSeveral ? ["detection", "road", "budget"] : []))
        self.init(device: try node.required("device").string())
        if let value = try node.value("name") { name = try Configuration.publisherName(value) }
        if let value = try node.value("size") { try readSize(value) }
        if let value = try node.value("rate") { settings.wish.rate = try value.number(in: 0.1...1000) }
        if let value = try node.value("format") { settings.wish.format = try Self.format(value) }
        if let value = try node.value("controls") { settings.controls = try Self.controls(value) }
        if let value = try node.value("full_size") { isFullSize = try value.boolean() }
        if let value = try node.value("calibration") { calibration = try value.path() }
        if let value = try node.value("detection") { detection = try NetworkConfiguration(value) }
        if let value = try node.value("road") { road = try NetworkConfiguration(value) }
        if let value = try node.value("budget") { budget = try value.duration(in: Configuration.budgetRange) }
    }

    private mutating func readSize(_ node: YAMLNode) throws(PlatformError) {
        let parts = try node.string().split(separator: "x").map { Int($0) }
        guard parts.count == 2, let width = parts[0], let height = parts[1], (1...16384).contains(width),
            (1...16384).contains(height)
        else { throw node.error("expected a size such as 1280x720") }
        settings.wish.width = width
        settings.wish.height = height
    }

    private static func format(_ node: YAMLNode) throws(PlatformError) -> FourCC {
        let text = try node.string()
        guard let code = FourCC(text.count == 3 ? text + " " : text) else {
            throw node.error("expected a pixel format's four characters, such as MJPG or YUYV")
        }
        return code
    }

    private static func controls(_ node: YAMLNode) throws(PlatformError) -> [ControlSetting] {
        var settings: [ControlSetting] = []
        for (key, value) in try node.mapping() {
            let source = "\(value.location.file):\(value.location.line):\(value.location.column)"
            settings.append(ControlSetting(key, ControlSetting.Value(parsing: try value.string()), source: source))
        }
        return settings
    }
}

extension Configuration {
    /// Reads `camera` or `cameras`; the cameras of the latter have names, each its own.
    static func cameras(_ node: YAMLNode) throws(PlatformError) -> [CameraConfiguration] {
        if let single = try node.value("camera") {
            if let several = try node.value("cameras") { throw several.error("either camera or cameras, not both") }
            return [try CameraConfiguration(single, isOneOfSeveral: false)]
        }
        guard let several = try node.value("cameras") else { return [] }
        var cameras: [CameraConfiguration] = []
        for entry in try several.sequence() {
            let camera = try CameraConfiguration(entry, isOneOfSeveral: true)
            guard let name = camera.name else {
                throw entry.error("\"name\" is missing: each of several cameras has one")
            }
            guard !cameras.contains(where: { $0.name == name }) else {
                throw entry.error("a second camera named \(name)")
            }
            cameras.append(camera)
        }
        return cameras
    }
}
