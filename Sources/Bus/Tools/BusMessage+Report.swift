import Messages

extension BusMessage {
    /// What `subscribe` prints: the readable form, or a summary for schemas that are not Sightline's own.
    public func text() throws(MessageError) -> String {
        if let decoded = try decoded() { return decoded.text(envelope) }
        var line = "\(topic) #\(sequence)"
        if droppedBefore > 0 { line += " (\(droppedBefore) lost before)" }
        return line + "  \(payload.count) bytes\(typeName.isEmpty ? "" : " of \(typeName)")"
    }

    /// What `subscribe --json` prints.
    public func json() throws(MessageError) -> JSONValue {
        if let decoded = try decoded() { return decoded.json(envelope) }
        return .object([
            .init("topic", .string(topic)),
            .init("publisher", .string(envelope.publisher)),
            .init("sequence", .unsigned(sequence)),
            .init("dropped_before", .unsigned(droppedBefore)),
            .init("retained", .boolean(isRetained)),
            .init("bus_publish_time_ns", .signed(envelope.publishTime)),
            .init("type", .string(typeName)),
            .init("bytes", .signed(Int64(payload.count))),
        ])
    }
}
