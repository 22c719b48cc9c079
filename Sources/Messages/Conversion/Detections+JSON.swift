extension Sightline_Detections {
    var jsonMembers: [JSONValue.Member] {
        [
            .init("network", .string(network)),
            .init("inference_ms", .milliseconds(inferenceTimeNs)),
            .init("plan", .string(plan.name)),
            .init("frame_size", .size(frameWidth, frameHeight)),
            .init("detections", .array(detections.map(\.json))),
        ]
    }
}

extension Sightline_Detection {
    var json: JSONValue {
        .object([
            .init("label", .string(label)),
            .init("class_id", .unsigned(UInt64(classID))),
            .init("score", .float(score)),
            .init("box", box.json),
            .init("track_id", hasTrackID ? .unsigned(trackID) : .null),
            .init("distance_m", .optional(hasDistanceM, distanceM)),
            .init("distance_sd_m", .optional(hasDistanceSdM, distanceSdM)),
        ])
    }
}
