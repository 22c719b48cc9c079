import Imaging
import Messages
import Perception

extension Annotator {
    /// Draws tracks with identity and distance; detections that have no track yet are thin.
    func draw(_ network: DetectionNetwork, _ scene: SceneAnalysis, on canvas: Canvas) {
        guard let tracking = scene.tracking else { return }
        network.detections.withDetections { found in
            for index in found.indices.reversed() where found[index].score >= scene.confidence {
                guard tracking.tracker.trackIndex(ofDetection: index).map({ tracking.tracker[$0].state }) != .confirmed
                else { continue }
                canvas.outline(
                    PixelRegion(found[index].box), color: .distinct(found[index].classIndex), thickness: 1,
                    opacity: 0.6)
            }
        }
        // The nearest last, so that it lies on top.
        let order = (0..<tracking.tracker.count).filter { tracking.tracker.isShown(tracking.tracker[$0]) }
            .sorted { tracking.tracker[$0].box.y2 < tracking.tracker[$1].box.y2 }
        for index in order { draw(tracking.tracker[index], network.classNames, scene, on: canvas) }
    }

    private func draw(_ track: Track, _ names: ClassNames, _ scene: SceneAnalysis, on canvas: Canvas) {
        var label = "\(names[track.classIndex]) \(track.id)"
        if let place = scene.ground?.locator.location(ofTrack: track.id) {
            label +=
                " \(fixedDecimal(Double(place.distance), digits: 1))"
                + "+-\(fixedDecimal(Double(place.distanceDeviation), digits: 1)) m"
        }
        let color = DrawingColor.distinct(Int(track.id % 997))
        let box = track.box.clipped(width: Float(canvas.width), height: Float(canvas.height))
        if track.state == .coasting {
            canvas.outline(PixelRegion(box), color: color, thickness: 1, opacity: 0.7)
        } else {
            canvas.labelledBox(PixelRegion(box), label, color: color)
        }
    }

    /// Draws lane boundaries that are known on the ground where they show in the picture.
    func draw(_ ground: RoadGround, on canvas: Canvas) {
        let plane = ground.locator.currentPlane
        for index in 0..<ground.lanes.count {
            let boundary = ground.lanes[index]
            let isOwn = boundary.side == .egoLeft || boundary.side == .egoRight
            let points = stride(from: boundary.forwardFrom, through: boundary.forwardTo, by: 1).compactMap { forward in
                plane.pixel(x: forward, y: boundary.left(at: forward)).map {
                    Canvas.Point(x: $0.x + 0.5, y: $0.y + 0.5)
                }
            }
            canvas.polyline(
                points, color: isOwn ? Self.ownLane : Self.lane, thickness: Double(canvas.comfortableScale) + 1,
                opacity: 0.3 + 0.7 * Double(boundary.confidence))
        }
    }

    /// Lane width, place in the lane, and pitch, for the caption.
    static func groundCaption(_ ground: RoadGround) -> String {
        var text = ""
        if let width = ground.lanes.laneWidth, let offset = ground.lanes.lateralOffset {
            text +=
                "  lane \(fixedDecimal(width, digits: 2)) m, "
                + "\(fixedDecimal(abs(offset), digits: 2)) m \(offset > 0 ? "left" : "right")"
        }
        let pitch = ground.locator.pitchDegrees
        return text + "  pitch \(fixedDecimal(pitch.value, digits: 2))+-\(fixedDecimal(pitch.deviation, digits: 2))"
    }
}

extension PixelRegion {
    init(_ box: BoundingBox) {
        self.init(
            left: Int(box.x1), top: Int(box.y1), right: Int(box.x2.rounded(.up)), bottom: Int(box.y2.rounded(.up)))
    }
}
