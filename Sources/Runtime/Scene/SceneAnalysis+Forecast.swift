import Perception

extension SceneAnalysis {
    /// A frame's detections, those of confirmed tracks moved on as their tracks move. Allocates: for evaluation.
    func forecast(_ network: DetectionNetwork, seconds: Float) -> [Detection] {
        network.detections.array.enumerated().map { index, detection in
            guard let tracking, let place = tracking.tracker.trackIndex(ofDetection: index) else { return detection }
            let track = tracking.tracker[place]
            guard track.state == .confirmed else { return detection }
            let (now, then) = (track.box, tracking.tracker.forecast(track, seconds: seconds))
            var moved = detection
            moved.box = BoundingBox(
                centerX: detection.box.centerX + then.centerX - now.centerX,
                centerY: detection.box.centerY + then.centerY - now.centerY,
                width: detection.box.width * then.width / now.width,
                height: detection.box.height * then.height / now.height)
            return moved
        }
    }
}
