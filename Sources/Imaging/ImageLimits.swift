/// Bounds that are checked before anything is allocated for a picture.
public enum ImageLimits {
    /// The largest width and height that is accepted.
    public static let maximumSide = 16384

    /// Checks a size that was read from a file or asked for.
    public static func check(width: Int, height: Int, context: @autoclosure () -> String) throws(ImagingError) {
        guard 1...maximumSide ~= width, 1...maximumSide ~= height else {
            throw .unreasonableSize(width: width, height: height, context: context())
        }
    }
}
