/// A colour of Foxglove's: parts from 0 to 1.
struct FoxgloveColor {
    var red: Double
    var green: Double
    var blue: Double
    var opacity: Double = 1

    /// Colours that are told apart well, one per class, over and over.
    private static let palette: [FoxgloveColor] = [
        .init(red: 0.90, green: 0.62, blue: 0.00), .init(red: 0.34, green: 0.71, blue: 0.91),
        .init(red: 0.00, green: 0.62, blue: 0.45), .init(red: 0.94, green: 0.89, blue: 0.26),
        .init(red: 0.84, green: 0.37, blue: 0.00), .init(red: 0.80, green: 0.47, blue: 0.65),
        .init(red: 0.00, green: 0.45, blue: 0.70),
    ]

    static func ofClass(_ classID: UInt32) -> FoxgloveColor { palette[Int(classID) % palette.count] }

    static let white = FoxgloveColor(red: 1, green: 1, blue: 1)
    static let shade = FoxgloveColor(red: 0, green: 0, blue: 0, opacity: 0.6)
    static let road = FoxgloveColor(red: 0.10, green: 0.80, blue: 0.30)
    static let lane = FoxgloveColor(red: 1.00, green: 0.85, blue: 0.10)
}
