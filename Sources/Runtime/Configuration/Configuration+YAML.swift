import Platform

extension Configuration {
    /// Reads a configuration file. Unknown keys, wrong types and numbers out of range are refused with file, line and column.
    public init(contentsOf path: String) throws(PlatformError) {
        try self.init(YAMLNode(contentsOf: path))
    }

    init(_ node: YAMLNode) throws(PlatformError) {
        self.init()
        try node.allowOnly(["name", "threads", "camera", "cameras", "detection", "road"])
        if let value = try node.value("name") { name = try Self.publisherName(value) }
        if let value = try node.value("threads") { threads = try value.integer(in: 1...256) }
        cameras = try Self.cameras(node)
        if let value = try node.value("detection") { detection = try NetworkConfiguration(value) }
        if let value = try node.value("road") { road = try NetworkConfiguration(value) }
    }

    static func publisherName(_ node: YAMLNode) throws(PlatformError) -> String {
        let name = try node.string()
        guard isValidName(name) else {
            throw node.error("a name has 1 to 40 letters, digits, dots, hyphens or underscores")
        }
        return name
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
        try node.allowOnly(["model", "confidence", "overlap", "head"])
        self.init(model: try node.required("model").path())
        if let value = try node.value("confidence") { confidence = Float(try value.number(in: 0...1)) }
        if let value = try node.value("overlap") { overlap = Float(try value.number(in: 0...1)) }
        if let value = try node.value("head") { head = try value.string() }
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
