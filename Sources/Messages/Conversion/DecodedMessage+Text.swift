extension DecodedMessage {
    /// The readable form that `subscribe` prints: one line for the message, an indented line per object.
    public func text(_ envelope: MessageEnvelope) -> String {
        let header = self.header
        var line = "\(envelope.topic) #\(envelope.sequence)"
        if envelope.droppedBefore > 0 { line += " (\(envelope.droppedBefore) lost before)" }
        if envelope.isRetained { line += " (retained)" }
        if !header.camera.isEmpty { line += "  \(header.camera)" }
        line += "  frame \(header.frameID)"
        line += "  age \(fixedDecimal(Double(envelope.age(of: header)) / 1e6, digits: 1)) ms"
        let lines = bodyLines
        if let first = lines.first { line += "  " + first }
        return ([line] + lines.dropFirst().map { "    " + $0 }).joined(separator: "\n")
    }

    /// First the rest of the message's own line, then one line per object.
    private var bodyLines: [String] {
        switch self {
        case .detections(let message): message.textLines
        case .tracks(let message): message.textLines
        case .road(let message): message.textLines
        case .timing(let message): message.textLines
        case .pairs(let message): message.textLines
        case .health(let message): message.textLines
        case .log(let message): message.textLines
        case .frame(let message):
            [
                "\(message.width)x\(message.height) \(message.pixelFormat.name), slot \(message.slot), \(message.length) bytes"
            ]
        }
    }
}

extension Sightline_Log {
    var textLines: [String] {
        let lost = lostBefore > 0 ? "(\(lostBefore) lines lost) " : ""
        return ["[\(level.name)] \(lost)\(source): \(text)"]
    }
}

extension Sightline_Box {
    var text: String {
        let corners = [x1, y1, x2, y2].map { fixedDecimal(Double($0), digits: 0) }
        return "[\(corners.joined(separator: " "))]"
    }
}

extension Sightline_Detections {
    var textLines: [String] {
        let milliseconds = fixedDecimal(Double(inferenceTimeNs) / 1e6, digits: 1)
        let count = "\(detections.count) object\(detections.count == 1 ? "" : "s")"
        return ["\(count)  \(network) \(milliseconds) ms \(plan.name)"] + detections.map(\.textLine)
    }
}

extension Sightline_Detection {
    var textLine: String {
        var line = "\(label) \(fixedDecimal(Double(score), digits: 2)) \(box.text)"
        if hasTrackID { line += " track \(trackID)" }
        if hasDistanceM {
            line += " \(fixedDecimal(Double(distanceM), digits: 1))"
            if hasDistanceSdM { line += "±\(fixedDecimal(Double(distanceSdM), digits: 1))" }
            line += " m"
        }
        return line
    }
}

extension Sightline_Tracks {
    var textLines: [String] {
        let lines = tracks.map { track in
            var line = "track \(track.trackID) \(track.label) \(track.state.name) \(track.box.text)"
            if track.hasDistanceM { line += " \(fixedDecimal(Double(track.distanceM), digits: 1)) m" }
            if track.hasVelocityForwardMS {
                line += " \(fixedDecimal(Double(track.velocityForwardMS), digits: 1)) m/s"
            }
            return line
        }
        return ["\(tracks.count) track\(tracks.count == 1 ? "" : "s")"] + lines
    }
}

extension Sightline_Road {
    var textLines: [String] {
        let share = fixedDecimal(Double(drivableShare) * 100, digits: 1)
        let milliseconds = fixedDecimal(Double(inferenceTimeNs) / 1e6, digits: 1)
        var first = "drivable \(share) %, \(lanes.count) lane lines  \(network) \(milliseconds) ms \(plan.name)"
        if maskAgeNs > 0 { first += ", mask \(fixedDecimal(Double(maskAgeNs) / 1e6, digits: 0)) ms old" }
        return [first]
    }
}

extension Sightline_Timing {
    var textLines: [String] {
        var first = "total \(fixedDecimal(Double(totalNs) / 1e6, digits: 1)) ms"
        if deadlineNs > 0 { first += " of \(fixedDecimal(Double(deadlineNs) / 1e6, digits: 1))" }
        if missed { first += " MISSED (\(missCause.name))" }
        for stage in stages { first += "  \(stage.name) \(fixedDecimal(Double(stage.durationNs) / 1e6, digits: 1))" }
        for network in networks {
            first +=
                "  \(network.name) \(fixedDecimal(Double(network.durationNs) / 1e6, digits: 1)) \(network.plan.name)"
        }
        if droppedFrames > 0 { first += "  dropped \(droppedFrames)" }
        return [first]
    }
}

extension Sightline_Health {
    var textLines: [String] {
        let lines = causes.map { cause in
            "\(cause.kind.name) at \(cause.stage): \(fixedDecimal(cause.amount, digits: 1)) \(cause.unit)"
                + (cause.detail.isEmpty ? "" : ", \(cause.detail)")
        }
        let over = ended.map { cause in
            "over: \(cause.kind.name) at \(cause.stage) after \(fixedDecimal(Double(cause.lastedNs) / 1e6, digits: 0)) ms"
        }
        return [state.name] + lines + over
    }
}
