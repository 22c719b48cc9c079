extension Sightline_Tracks {
    var jsonMembers: [JSONValue.Member] {
        [
            .init("frame_size", .size(frameWidth, frameHeight)),
            .init("tracks", .array(tracks.map(\.json))),
        ]
    }
}

extension Sightline_Track {
    var json: JSONValue {
        .object([
            .init("track_id", .unsigned(trackID)),
            .init("label", .string(label)),
            .init("class_id", .unsigned(UInt64(classID))),
            .init("score", .float(score)),
            .init("box", box.json),
            .init("state", .string(state.name)),
            .init("age_ms", .milliseconds(ageNs)),
            .init("unseen_ms", .milliseconds(unseenNs)),
            .init("detection_count", .unsigned(UInt64(detectionCount))),
            .init("velocity_px_s", .array([.float(velocityXPxS), .float(velocityYPxS)])),
            .init("forecast_box", hasForecastBox ? forecastBox.json : .null),
            .init("distance_m", .optional(hasDistanceM, distanceM)),
            .init("distance_sd_m", .optional(hasDistanceSdM, distanceSdM)),
            .init("forward_m", .optional(hasForwardM, forwardM)),
            .init("left_m", .optional(hasLeftM, leftM)),
            .init("left_sd_m", .optional(hasLeftSdM, leftSdM)),
            .init("velocity_forward_m_s", .optional(hasVelocityForwardMS, velocityForwardMS)),
            .init("velocity_forward_sd_m_s", .optional(hasVelocityForwardSdMS, velocityForwardSdMS)),
            .init("velocity_left_m_s", .optional(hasVelocityLeftMS, velocityLeftMS)),
            .init("velocity_left_sd_m_s", .optional(hasVelocityLeftSdMS, velocityLeftSdMS)),
        ])
    }
}

extension Sightline_Track.State {
    var name: String {
        switch self {
        case .tentative: "tentative"
        case .confirmed: "confirmed"
        case .coasting: "coasting"
        case .UNRECOGNIZED(let value): "state_\(value)"
        }
    }
}
