/// How a stored picture must be turned to stand upright. Raw values are those of EXIF's orientation tag.
public enum ImageOrientation: Int, Sendable, Hashable, CaseIterable {
    case upright = 1
    case mirrored = 2
    case rotated180 = 3
    case mirroredRotated180 = 4
    /// Rows become columns: mirrored, then turned 90 degrees counterclockwise.
    case transposed = 5
    /// To be turned 90 degrees clockwise.
    case rotated90 = 6
    case transverse = 7
    /// To be turned 90 degrees counterclockwise.
    case rotated270 = 8

    /// The orientation of a picture that is to be turned clockwise; nil for angles that are no multiple of 90 degrees.
    public init?(clockwiseDegrees: Int) {
        switch (clockwiseDegrees % 360 + 360) % 360 {
        case 0: self = .upright
        case 90: self = .rotated90
        case 180: self = .rotated180
        case 270: self = .rotated270
        default: return nil
        }
    }

    /// Whether width and height change places.
    public var isSideways: Bool { rawValue >= 5 }

    /// The stored position of an upright picture's pixel, as steps from a start: position = start + x * dx + y * dy.
    func steps(storedWidth width: Int, storedHeight height: Int) -> (start: (Int, Int), dx: (Int, Int), dy: (Int, Int))
    {
        let (right, bottom) = (width - 1, height - 1)
        return switch self {
        case .upright: ((0, 0), (1, 0), (0, 1))
        case .mirrored: ((right, 0), (-1, 0), (0, 1))
        case .rotated180: ((right, bottom), (-1, 0), (0, -1))
        case .mirroredRotated180: ((0, bottom), (1, 0), (0, -1))
        case .transposed: ((0, 0), (0, 1), (1, 0))
        case .rotated90: ((0, bottom), (0, -1), (1, 0))
        case .transverse: ((right, bottom), (0, -1), (-1, 0))
        case .rotated270: ((right, 0), (0, 1), (-1, 0))
        }
    }
}
