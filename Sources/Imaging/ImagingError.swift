/// What can go wrong with pictures. Each case prints itself as one line: what, where, and what to do.
public enum ImagingError: Error, Hashable, Sendable {
    /// The file cannot be opened, read or written; `detail` is the system's reason.
    case file(path: String, detail: String)

    /// The file is no JPEG or PNG that can be decoded, or it is damaged.
    case damagedImage(path: String, detail: String)

    /// The file is sound but uses something that is not supported.
    case unsupportedImage(path: String, detail: String)

    /// Width or height is zero, negative or above ``ImageLimits/maximumSide``.
    case unreasonableSize(width: Int, height: Int, context: String)

    /// A picture cannot be used for this purpose in its format.
    case unsupportedFormat(PixelFormat, context: String)

    /// A picture does not have the size, format and colours that were planned for.
    case unexpectedImage(expected: ImageDescription, found: ImageDescription)

    /// The destination is too small for what would be written.
    case destinationTooSmall(needed: Int, available: Int)

    /// A parameter makes no sense; `detail` says which and what would.
    case invalidParameter(name: String, detail: String)

    /// Encoding failed; `detail` is the library's reason.
    case encodingFailed(path: String, detail: String)
}

extension ImagingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let path, let detail):
            "\(path): \(detail)"
        case .damagedImage(let path, let detail):
            "\(path): damaged picture: \(detail); replace or re-export the file"
        case .unsupportedImage(let path, let detail):
            "\(path): unsupported picture: \(detail); convert it to an 8-bit JPEG or PNG"
        case .unreasonableSize(let width, let height, let context):
            "\(context): a picture of \(width)x\(height) is outside 1x1...\(ImageLimits.maximumSide)x\(ImageLimits.maximumSide)"
        case .unsupportedFormat(let format, let context):
            "\(context): pixel format \(format) is not supported here"
        case .unexpectedImage(let expected, let found):
            "picture is \(found) but \(expected) was planned for; plan again for the new format"
        case .destinationTooSmall(let needed, let available):
            "destination holds \(available) bytes, \(needed) are needed"
        case .invalidParameter(let name, let detail):
            "\(name): \(detail)"
        case .encodingFailed(let path, let detail):
            "\(path): cannot encode the picture: \(detail)"
        }
    }
}
