/// Why a connection to a publisher ended.
public enum DisconnectReason: Sendable, Equatable {
    /// The publisher said goodbye.
    case goodbye(String)
    /// The publisher did not accept the subscription.
    case refused(String)
    /// The publisher is gone without a word: killed or crashed.
    case lost
    /// The publisher sent something that is not the protocol.
    case protocolViolation(String)
    /// The publisher accepts connections but does not answer.
    case silent
}

extension DisconnectReason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .goodbye(let reason): "said goodbye: \(reason)"
        case .refused(let reason): "refused: \(reason)"
        case .lost: "gone without a word"
        case .protocolViolation(let detail): "sent something that is not the protocol: \(detail)"
        case .silent: "does not answer"
        }
    }
}
