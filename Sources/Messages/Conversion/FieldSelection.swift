/// Which keys of a JSON object to keep: paths of names joined by dots. Lists are passed through, so `detections.label` keeps
/// the label of every detection.
public struct FieldSelection: Sendable {
    private let paths: [[Substring]]

    /// - Parameter paths: such as `frame_id`, `detections.label`, `detections.box`. Empty: everything.
    public init(_ paths: [String]) throws(MessageError) {
        var split: [[Substring]] = []
        for path in paths {
            let names = path.split(separator: ".", omittingEmptySubsequences: false)
            if names.contains(where: \.isEmpty) { throw .invalidSelection(path) }
            split.append(names)
        }
        self.paths = split
    }

    /// The value with only the selected keys, in the value's own order.
    public func apply(to value: JSONValue) -> JSONValue {
        paths.isEmpty ? value : Self.select(paths[...].map { $0[...] }, from: value)
    }

    private static func select(_ paths: [ArraySlice<Substring>], from value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members):
            var kept: [JSONValue.Member] = []
            for member in members {
                let matching = paths.filter { $0.first.map(String.init) == member.key }
                if matching.isEmpty { continue }
                let deeper = matching.map { $0.dropFirst() }
                let wholeValue = deeper.contains(where: \.isEmpty)
                kept.append(.init(member.key, wholeValue ? member.value : select(deeper, from: member.value)))
            }
            return .object(kept)
        case .array(let values): return .array(values.map { select(paths, from: $0) })
        default: return value
        }
    }
}
