extension JSONValue {
    /// An object with more keys at its end; other values stay as they are.
    public func adding(_ members: [Member]) -> JSONValue {
        guard case .object(let own) = self else { return self }
        return .object(own + members)
    }

    /// Where another value differs first, in words; nil when it does not.
    ///
    ///     detections[2].score: 0.51 and 0.52
    public func firstDifference(from other: JSONValue, at path: String = "") -> String? {
        switch (self, other) {
        case (.object(let left), .object(let right)):
            let keys = left.map(\.key) + right.map(\.key).filter { key in !left.contains { $0.key == key } }
            for key in keys {
                let name = path.isEmpty ? key : path + "." + key
                switch (self[key], other[key]) {
                case (let left?, let right?):
                    if let difference = left.firstDifference(from: right, at: name) { return difference }
                case (let left?, nil): return "\(name): \(left.text) and nothing"
                case (nil, let right?): return "\(name): nothing and \(right.text)"
                case (nil, nil): break
                }
            }
            return nil
        case (.array(let left), .array(let right)):
            for index in 0..<min(left.count, right.count) {
                if let difference = left[index].firstDifference(from: right[index], at: "\(path)[\(index)]") {
                    return difference
                }
            }
            return left.count == right.count ? nil : "\(path): \(left.count) and \(right.count) entries"
        default:
            return self == other ? nil : "\(path): \(text) and \(other.text)"
        }
    }
}
