import Messages
import SightlineInference

/// How a file's golden values compared with what the engine computes; a difference is an error instead.
public struct SelfCheckResult: Sendable {
    /// Golden pictures that were computed.
    public let pictures: Int
    /// Quantised values and outputs that agreed; 0 where the values were made by another version's arithmetic.
    public let agreeing: Int
    public let millisecondsPerPicture: Double

    var json: JSONValue {
        .object([
            .init("pictures", .signed(Int64(pictures))), .init("agreeing", .signed(Int64(agreeing))),
            .init("ms_per_picture", .number(millisecondsPerPicture)),
        ])
    }

    var text: String {
        agreeing == 0
            ? "self-check: not comparable, the file was quantised by another version"
            : "self-check: \(agreeing) values of \(pictures) golden pictures agree, "
                + "\(fixedDecimal(millisecondsPerPicture, digits: 1)) ms each"
    }
}

extension WeightsCache.Outcome {
    /// The outcome in a word, for reports.
    var word: String {
        switch self {
        case .unused: "off"
        case .loaded: "loaded"
        case .created: "created"
        case .rebuilt: "rebuilt"
        case .unwritable: "unwritable"
        }
    }
}
