import Calibration
import Messages
import Perception

extension RoadEncoder {
    /// Lane boundaries on the ground, and the pixels that show them.
    static func lanes(_ writer: inout ProtobufWriter, _ ground: RoadGround) {
        let plane = ground.locator.currentPlane
        for index in 0..<ground.lanes.count {
            let boundary = ground.lanes[index]
            let length = boundary.forwardTo - boundary.forwardFrom
            let count = max(Int(length / boundarySpacing) + 1, 2)
            // A place behind the edge of what the lens shows would have no pixel: the message needs as many as it says.
            func point(_ index: Int) -> SIMD2<Double>? {
                let forward = boundary.forwardFrom + length * Double(index) / Double(count - 1)
                return plane.pixel(x: forward, y: boundary.left(at: forward))
            }
            var shown = 0
            while shown < count, point(shown) != nil { shown += 1 }
            lane(
                &writer, side: boundary.side.wire, confidence: boundary.confidence, pointCount: shown,
                point: { index in
                    let pixel = point(index) ?? SIMD2(0, 0)
                    return (Float(pixel.x + 0.5), Float(pixel.y + 0.5))
                },
                coefficientCount: 3, coefficient: { Float(boundary.coefficients[$0]) },
                forwardFrom: Float(boundary.forwardFrom), forwardTo: Float(boundary.forwardTo))
        }
    }

    /// Metres from one point of a boundary to the next.
    private static var boundarySpacing: Double { 2 }

    /// Lane lines as they stand in the picture: without a calibrated camera nobody knows which bounds what.
    static func lanes(_ writer: inout ProtobufWriter, _ scene: borrowing RoadScene) {
        scene.withLanes { lanes, points in
            for line in lanes {
                lane(
                    &writer, side: .unknown, confidence: 0, pointCount: line.pointCount,
                    point: { (points[line.firstPoint + $0].x, points[line.firstPoint + $0].y) })
            }
        }
    }

    static func freeSpace(_ writer: inout ProtobufWriter, _ road: FreeRoad, isMeasured: Bool) {
        let count = road.profile.count
        guard count > 1 else { return }
        freeSpace(
            &writer, firstColumn: road.profile[0].x, columnStep: road.profile[1].x - road.profile[0].x,
            columnCount: count,
            boundary: { road.profile[$0].farY }, distanceCount: isMeasured ? count : 0,
            distance: { road.profile[$0].distance })
    }

    static func outline(_ writer: inout ProtobufWriter, _ road: FreeRoad) {
        outline(&writer, pointCount: road.outline.count) { (road.outline[$0].x, road.outline[$0].y) }
    }
}

extension LaneBoundary.Side {
    fileprivate var wire: Sightline_Lane.Side {
        switch self {
        case .egoLeft: .egoLeft
        case .egoRight: .egoRight
        case .left: .left
        case .right: .right
        }
    }
}
