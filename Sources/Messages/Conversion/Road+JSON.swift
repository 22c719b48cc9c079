extension Sightline_Road {
    var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("drivable_share", .float(drivableShare)),
            .init("lanes", .array(lanes.map(\.json))),
            .init("free_space", hasFreeSpace ? freeSpace.json : .null),
            .init("network", .string(network)),
            .init("inference_ms", .milliseconds(inferenceTimeNs)),
            .init("plan", .string(plan.name)),
            .init("mask_age_ms", .milliseconds(maskAgeNs)),
            .init("frame_size", .size(frameWidth, frameHeight)),
            .init("lateral_offset_m", .optional(hasLateralOffsetM, lateralOffsetM)),
            .init("lane_width_m", .optional(hasLaneWidthM, laneWidthM)),
            .init("drivable_outline", .array(drivableOutline.map(\.json))),
        ]
        if hasMask { members.append(.init("mask", mask.json)) }
        return .object(members)
    }
}

extension Sightline_Point {
    var json: JSONValue { .array([.float(x), .float(y)]) }
}

extension Sightline_RunLengthMask {
    var json: JSONValue {
        .object([
            .init("size", .size(width, height)),
            .init("region", hasRegion ? region.json : .null),
            .init("classes", .object(classes.map { .init(String($0.id), .string($0.name)) })),
            .init("runs", .array(runs.map { .unsigned(UInt64($0)) })),
        ])
    }
}

extension Sightline_Lane {
    var json: JSONValue {
        .object([
            .init("side", .string(side.name)),
            .init("confidence", .float(confidence)),
            .init("points", .array(points.map(\.json))),
            .init("coefficients", .array(coefficients.map(JSONValue.float))),
            .init("forward_from_m", coefficients.isEmpty ? .null : .float(forwardFromM)),
            .init("forward_to_m", coefficients.isEmpty ? .null : .float(forwardToM)),
        ])
    }
}

extension Sightline_Lane.Side {
    var name: String {
        switch self {
        case .unknown: "unknown"
        case .egoLeft: "ego_left"
        case .egoRight: "ego_right"
        case .left: "left"
        case .right: "right"
        case .UNRECOGNIZED(let value): "side_\(value)"
        }
    }
}

extension Sightline_FreeSpace {
    var json: JSONValue {
        .object([
            .init("first_column_px", .float(firstColumnPx)),
            .init("column_step_px", .float(columnStepPx)),
            .init("boundary_y_px", .array(boundaryYPx.map(JSONValue.float))),
            .init("distance_m", distanceM.isEmpty ? .null : .array(distanceM.map(JSONValue.float))),
        ])
    }
}
