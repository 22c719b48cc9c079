/// Durations as people write them: `33ms`, `0.5s`, `800us`.
public enum DurationText {
    private static let units: [(suffix: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9),
    ]

    /// Nanoseconds, or nil when the text is no duration.
    public static func nanoseconds(_ text: String) -> Int64? {
        for unit in units where text.hasSuffix(unit.suffix) {
            // "33ms" ends in "s", too, but "33m" is no number.
            guard let value = Double(text.dropLast(unit.suffix.count)), value.isFinite, value >= 0,
                value * unit.nanoseconds < 9e18
            else { continue }
            return Int64(value * unit.nanoseconds)
        }
        return nil
    }

    /// The duration in a unit that keeps it short.
    static func text(_ nanoseconds: Int64) -> String {
        nanoseconds % 1_000_000_000 == 0
            ? "\(nanoseconds / 1_000_000_000)s" : "\(Double(nanoseconds) / 1e6)ms"
    }
}
