import Platform

extension YAMLNode {
    /// A duration such as `33ms`, `0.5s` or `800us`, in nanoseconds.
    func duration(in range: ClosedRange<Int64>) throws(PlatformError) -> Int64 {
        let text = try string()
        guard let nanoseconds = DurationText.nanoseconds(text) else {
            throw error("expected a duration such as 33ms or 0.5s, but found \(text)")
        }
        guard range.contains(nanoseconds) else {
            throw error(
                "\(text) is not between \(DurationText.text(range.lowerBound)) and "
                    + DurationText.text(range.upperBound))
        }
        return nanoseconds
    }
}
