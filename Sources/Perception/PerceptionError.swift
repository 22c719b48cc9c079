/// What can go wrong between a network's outputs and what they mean.
public enum PerceptionError: Error, Sendable, Equatable {
    /// No decoder understands these outputs. `seen` lists them.
    case unsupportedHead(seen: String, detail: String)

    /// The outputs fit several layouts, and neither metadata nor graph tells which.
    case ambiguousHead(seen: String, candidates: [String])

    /// A head whose numbers contradict each other, such as more classes than a tensor has channels.
    case invalidHead(detail: String)

    /// A decoding option outside its range.
    case invalidOption(name: String, detail: String)

    /// An output buffer that does not have the size which the head promises.
    case outputMismatch(name: String, expected: Int, actual: Int)

    /// Runs that do not describe a mask of the stated size.
    case invalidRunLengths(detail: String)
}

extension PerceptionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unsupportedHead(let seen, let detail):
            "unsupported network head: \(detail); outputs are \(seen); supported are \(HeadKind.summary); "
                + "name one in the configuration (head: ...) if the network has it"
        case .ambiguousHead(let seen, let candidates):
            "ambiguous network head: outputs \(seen) fit \(candidates.joined(separator: " and ")); "
                + "say which in the configuration (head: ...)"
        case .invalidHead(let detail):
            "invalid network head: \(detail)"
        case .invalidOption(let name, let detail):
            "invalid decoding option \(name): \(detail)"
        case .outputMismatch(let name, let expected, let actual):
            "output '\(name)' has \(actual) elements where its head needs \(expected); load the network again"
        case .invalidRunLengths(let detail):
            "invalid run lengths: \(detail)"
        }
    }
}
