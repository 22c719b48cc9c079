/// REFUSE and GOODBYE: why a publisher hangs up.
struct Farewell: Equatable {
    enum Code: UInt8 {
        case unspecified = 0
        case version = 1
        case notAllowed = 2
        case tooManyConnections = 3
        case malformed = 4
        case handshakeTimeout = 5
        case tooMuchMemory = 6
        case queueOverflow = 7
        case closing = 8
    }

    var kind: Wire.Kind
    var code: Code
    var reason: String

    func encoded() -> [UInt8] {
        var writer = WireWriter(kind)
        writer.append(code.rawValue)
        writer.append(Wire.version)
        writer.append(short: reason)
        return writer.bytes
    }

    /// `reader` stands behind the kind.
    init(_ kind: Wire.Kind, _ reader: inout WireReader) throws(WireReader.Malformed) {
        self.kind = kind
        code = Code(rawValue: try reader.number("code")) ?? .unspecified
        _ = try reader.number("version", as: UInt16.self)
        reason = try reader.shortText("reason")
    }

    init(_ kind: Wire.Kind, _ code: Code, _ reason: String) {
        self.kind = kind
        self.code = code
        self.reason = reason
    }
}
