import Camera
import Messages

extension CameraDescription {
    /// Driver, name and place.
    var identityMembers: [JSONValue.Member] {
        [
            .init("device", .string(path)), .init("driver", .string(driver)), .init("card", .string(card)),
            .init("bus", .string(bus)), .init("by_id", byID.map { .string($0) } ?? .null),
            .init("by_path", byPath.map { .string($0) } ?? .null),
        ]
    }

    var json: JSONValue {
        .object(
            identityMembers + [
                .init("dmabuf_export", offersDMABUF.map { .boolean($0) } ?? .null),
                .init("formats", .array(formats.map(\.json))), .init("controls", .array(controls.map(\.json))),
            ])
    }
}

extension FormatOffer {
    /// Sizes as "1280x720" or "48x32...1920x1200"; rates of all sizes together, and `modes` with those of each.
    var json: JSONValue {
        let rates = Set(sizes.flatMap(\.rates)).sorted(by: >)
        return .object([
            .init("fourcc", .string("\(fourcc)")), .init("name", .string(name)),
            .init("sizes", .array(sizes.map { .string($0.extent) })),
            .init("rates", .array(rates.map { .number($0.rounded) })),
            .init(
                "modes",
                .array(
                    sizes.map {
                        .object([
                            .init("size", .string($0.extent)),
                            .init("rates", .array($0.rates.map { .number($0.rounded) })),
                        ])
                    })),
        ])
    }
}

extension ControlDescription {
    var json: JSONValue {
        .object([
            .init("name", .string(name)), .init("type", .string(kind.rawValue)), .init("min", .signed(Int64(minimum))),
            .init("max", .signed(Int64(maximum))), .init("step", .signed(Int64(step))),
            .init("default", .signed(Int64(standard))), .init("value", value.map { .signed(Int64($0)) } ?? .null),
            .init(
                "menu",
                .array(
                    choices.map {
                        .object([.init("index", .signed(Int64($0.index))), .init("name", .string($0.name))])
                    })),
            .init("inactive", .boolean(isInactive)), .init("read_only", .boolean(isReadOnly)),
        ])
    }
}
