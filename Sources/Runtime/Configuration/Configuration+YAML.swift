import Platform

extension Configuration {
    /// Reads a configuration file. Unknown keys, wrong types and numbers out of range are refused with file, line and column.
    public init(contentsOf path: String) throws(PlatformError) {
        try self.init(YAMLNode(contentsOf: path))
    }

    package init(_ node: YAMLNode) throws(PlatformError) {
        self.init()
        try node.allowOnly([
            "name", "threads", "budget", "placement", "realtime", "camera", "cameras", "detection", "road",
            "calibration", "online_calibration", "calibration_state", "recording",
        ])
        if let value = try node.value("name") { name = try Self.publisherName(value) }
        if let value = try node.value("threads") { threads = try value.integer(in: 1...256) }
        if let value = try node.value("budget") { budget = try value.duration(in: Self.budgetRange) }
        if let value = try node.value("realtime") { realTime = try RealTimeOptions(value) }
        if let value = try node.value("placement") { placement = try Self.placement(value) }
        cameras = try Self.cameras(node)
        if let value = try node.value("detection") { detection = try NetworkConfiguration(value) }
        if let value = try node.value("road") { road = try NetworkConfiguration(value) }
        if let value = try node.value("calibration") { calibration = try value.path() }
        if let value = try node.value("recording") { recording = try RunRecording(value) }
        if let value = try node.value("online_calibration") { learnsMounting = try value.boolean() }
        if let value = try node.value("calibration_state") { calibrationState = try value.path() }
    }

    static func publisherName(_ node: YAMLNode) throws(PlatformError) -> String {
        let name = try node.string()
        guard isValidName(name) else {
            throw node.error("a name has 1 to 40 letters, digits, dots, hyphens or underscores")
        }
        return name
    }

    private static func placement(_ node: YAMLNode) throws(PlatformError) -> Placement {
        guard let placement = Placement(rawValue: try node.string()) else {
            throw node.error(
                "a placement is one of \(Placement.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return placement
    }

    /// Whether `name` may stand in a socket's file name.
    public static func isValidName(_ name: String) -> Bool {
        (1...40).contains(name.utf8.count) && name.utf8.first != UInt8(ascii: ".")
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || ".-_".utf8.contains(byte)
            }
    }
}

extension NetworkConfiguration {
    init(_ node: YAMLNode) throws(PlatformError) {
        try node.allowOnly([
            "model", "confidence", "overlap", "head", "priority", "every", "maximum_age", "spread", "variants",
        ])
        self.init(model: try node.required("model").path())
        if let value = try node.value("confidence") { confidence = Float(try value.number(in: 0...1)) }
        if let value = try node.value("overlap") { overlap = Float(try value.number(in: 0...1)) }
        if let value = try node.value("head") { head = try value.string() }
        if let value = try node.value("priority") { priority = try value.integer(in: 0...100) }
        if let value = try node.value("every") { rate.every = try value.integer(in: 1...1000) }
        if let value = try node.value("maximum_age") {
            rate.maximumAge = try value.duration(in: 1_000_000...3_600_000_000_000)
        }
        if let value = try node.value("spread") { spreads = try value.boolean() }
        if let value = try node.value("variants") {
            variants = try value.sequence().map { (node) throws(PlatformError) in try VariantConfiguration(node) }
        }
    }
}

extension RealTimeOptions {
    /// `off`, or a mapping.
    init(_ node: YAMLNode) throws(PlatformError) {
        if case .scalar = node.content {
            self = try node.boolean() ? RealTimeOptions() : .none
            return
        }
        try node.allowOnly(["priority", "pin", "lock_memory"])
        self.init()
        if let value = try node.value("priority") {
            let number = try value.integer(in: 0...98)
            priority = number == 0 ? nil : Int32(number)
        }
        if let value = try node.value("pin") { pinsThreads = try value.boolean() }
        if let value = try node.value("lock_memory") { locksMemory = try value.boolean() }
    }
}

extension VariantConfiguration {
    init(_ node: YAMLNode) throws(PlatformError) {
        try node.allowOnly(["model", "input"])
        self.init()
        if let value = try node.value("model") { model = try value.path() }
        if let value = try node.value("input") { input = try Self.inputSize(value) }
        guard model != nil || input != nil else {
            throw node.error("a variant has another model, a smaller input (such as 320x320), or both")
        }
    }

    private static func inputSize(_ node: YAMLNode) throws(PlatformError) -> InputSize {
        let text = try node.string()
        let sides = text.split(separator: "x").map { Int($0) }
        guard sides.count == 2, let width = sides[0], let height = sides[1], (8...8192).contains(width),
            (8...8192).contains(height)
        else {
            throw node.error("expected a size such as 320x320, but found \(text)")
        }
        return InputSize(width: width, height: height)
    }
}

extension YAMLNode {
    /// A file's path; a relative one is relative to the folder of the file that it stands in.
    func path() throws(PlatformError) -> String {
        let path = try string()
        let folder = location.file.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        return path.hasPrefix("/") || folder.isEmpty ? path : folder.joined(separator: "/") + "/" + path
    }
}
