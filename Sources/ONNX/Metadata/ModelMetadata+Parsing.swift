extension ModelMetadata {
    /// The largest extent that is believed; anything above is damage.
    private static let extents = 1...(1 << 16)

    /// Reads the metadata entries of a file.
    ///
    /// - Throws: ``ONNXError/invalidMetadata(key:column:detail:)``
    public init(properties: [String: String]) throws(ONNXError) {
        self.init()
        for key in ["description", "author", "date", "version", "license", "docs", "head"] {
            texts[key] = properties[key]
        }
        task = properties["task"]
        names = try MetadataEntry("names", in: properties)?.classNames() ?? [:]
        // One stride, or that of each scale.
        stride = try MetadataEntry("stride", in: properties)?.integers(in: Self.extents).max()
        imageSize = try MetadataEntry("imgsz", in: properties)?.imageSize(in: Self.extents)
        isEndToEnd = try MetadataEntry("end2end", in: properties)?.boolean()
        batch = try MetadataEntry("batch", in: properties)?.integer(in: Self.extents)
        channels = try MetadataEntry("channels", in: properties)?.integer(in: Self.extents)
        keyPointShape = try MetadataEntry("kpt_shape", in: properties)?.integers(in: Self.extents)
        exportArguments = try MetadataEntry("args", in: properties)?.arguments() ?? [:]
    }
}
