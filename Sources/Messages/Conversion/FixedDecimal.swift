/// A number with a fixed count of decimals, for people.
public func fixedDecimal(_ value: Double, digits: Int) -> String {
    guard value.isFinite, value.magnitude < 1e15 else { return "\(value)" }
    var power = 1.0
    for _ in 0..<max(digits, 0) { power *= 10 }
    let scaled = (value.magnitude * power).rounded()
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard scaled < 9e18 else { return "\(value)" }
    guard digits > 0 else { return sign + String(Int64(scaled)) }
    var text = String(Int64(scaled))
    if text.count <= digits { text = String(repeating: "0", count: digits + 1 - text.count) + text }
    return sign + text.dropLast(digits) + "." + text.suffix(digits)
}
