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
            .init("color_matrix", .string(colorMatrix.name)),
            .init("full_range", .boolean(isFullRange)),
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
        case .i422: "i422"
        case .i444: "i444"
        case .nv21: "nv21"
        case .uyvy: "uyvy"
        case .rgba: "rgba"
        case .bgra: "bgra"
        case .gbrPlanar: "gbr_planar"
        case .UNRECOGNIZED(let value): "format_\(value)"
        }
    }
}

extension Sightline_ColorMatrix {
    /// The matrix's usual short name.
    public var name: String {
        switch self {
        case .unknown: "unknown"
        case .bt601: "bt601"
        case .bt709: "bt709"
        case .bt2020: "bt2020"
        case .UNRECOGNIZED(let value): "matrix_\(value)"
        }
    }
}
