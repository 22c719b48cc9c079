extension Sightline_Frame {
    var jsonMembers: [JSONValue.Member] {
        [
            .init("slot", .unsigned(UInt64(slot))),
            .init("generation", .unsigned(generation)),
            .init("offset", .unsigned(offset)),
            .init("length", .unsigned(length)),
            .init("frame_size", .size(width, height)),
            .init("pixel_format", .string(pixelFormat.name)),
            .init("planes", .array(planes.map(\.json))),
        ]
    }
}

extension Sightline_Plane {
    var json: JSONValue {
        .object([.init("offset", .unsigned(offset)), .init("stride", .unsigned(UInt64(stride)))])
    }
}

extension Sightline_PixelFormat {
    /// The format's usual short name.
    public var name: String {
        switch self {
        case .unknown: "unknown"
        case .rgb24: "rgb24"
        case .bgr24: "bgr24"
        case .nv12: "nv12"
        case .yuyv: "yuyv"
        case .i420: "i420"
        case .gray8: "gray8"
        case .jpeg: "jpeg"
        case .UNRECOGNIZED(let value): "format_\(value)"
        }
    }
}
