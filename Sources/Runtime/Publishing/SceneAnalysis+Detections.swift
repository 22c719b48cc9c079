import Messages
import Perception

extension SceneAnalysis {
    /// Adds identity and distance to a detection of the last frame.
    func describe(_ object: inout DetectionsEncoder.Object, detection index: Int) {
        guard let tracking, let place = tracking.tracker.trackIndex(ofDetection: index) else { return }
        let track = tracking.tracker[place]
        guard track.state == .confirmed else { return }
        object.trackID = track.id
        guard let location = ground?.locator.location(ofTrack: track.id) else { return }
        object.distance = location.distance
        object.distanceDeviation = location.distanceDeviation
    }
}
