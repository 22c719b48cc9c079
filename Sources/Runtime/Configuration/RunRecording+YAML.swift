import Platform
import Recording

extension RunRecording {
    /// A file or folder, or a mapping with `file` and how it is kept.
    init(_ node: YAMLNode) throws(PlatformError) {
        if case .scalar = node.content {
            self.init(path: try node.path())
            return
        }
        try node.allowOnly(["file", "compression", "segment_minutes", "segment_size", "quality"])
        self.init(path: try node.required("file").path())
        if let value = try node.value("compression") { options.mcap.compression = try Self.compression(value) }
        if let value = try node.value("segment_minutes") {
            options.segmentDuration = Int64(try value.number(in: 0.01...10_000) * 60e9)
        }
        if let value = try node.value("segment_size") {
            options.segmentBytes = try value.integer(in: 4...1_000_000) << 20
        }
        if let value = try node.value("quality") { options.jpegQuality = try value.integer(in: 1...100) }
    }

    private static func compression(_ node: YAMLNode) throws(PlatformError) -> MCAPCompression {
        guard let compression = MCAPCompression(label: try node.string()) else {
            throw node.error("a compression is one of zstd, lz4, none")
        }
        return compression
    }
}
