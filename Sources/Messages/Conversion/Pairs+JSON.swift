extension Sightline_Pairs {
    var jsonMembers: [JSONValue.Member] {
        [.init("bound_ms", .milliseconds(boundNs)), .init("partners", .array(partners.map(\.json)))]
    }

    /// For people: one line.
    var textLines: [String] {
        let words = partners.map { partner in
            "\(partner.camera) frame \(partner.frameID) \(fixedDecimal(Double(partner.skewNs) / 1e6, digits: 2)) ms"
        }
        return [words.isEmpty ? "no partner" : words.joined(separator: ", ")]
    }
}

extension Sightline_Partner {
    var json: JSONValue {
        .object([
            .init("camera", .string(camera)), .init("frame_id", .unsigned(frameID)),
            .init("capture_time_ns", .signed(captureTimeNs)), .init("skew_ms", .milliseconds(skewNs)),
        ])
    }
}
