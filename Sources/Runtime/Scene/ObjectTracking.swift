import Imaging
import Perception

/// Objects over time: the tracker with the camera's own motion taken out.
public final class ObjectTracking {
    public private(set) var tracker: Tracker
    public let classNames: ClassNames
    /// How the distant picture moved to the last frame.
    private(set) var shift = CameraShift.zero
    private var motion = CameraMotionEstimator()
    private let nothing = DetectionList(capacity: 1)

    /// The score down to which a detection network must tell the tracker what it sees, when detections are reported from
    /// `confidence` on: doubtful detections prolong tracks.
    static func lowestScore(_ confidence: Float) -> Float { min(confidence, 0.1) }

    /// - Parameter confidence: score from which detections are reported.
    init(_ classNames: ClassNames, confidence: Float) throws(RuntimeError) {
        self.classNames = classNames
        let high = max(confidence, 0.1)
        let options = TrackingOptions(
            highScore: high, beginScore: min(high + 0.1, 0.95), lowScore: Self.lowestScore(confidence))
        do throws(PerceptionError) {
            tracker = try Tracker(classNames: classNames, options: options)
        } catch {
            throw .perception(path: "tracking", error)
        }
    }

    /// Follows objects to a frame.
    ///
    /// - Parameters:
    ///   - network: nil where it did not run on this frame: then tracks only move on.
    ///   - time: the frame's capture, nanoseconds on the source's axis.
    func update(_ view: ImageView, _ network: DetectionNetwork?, time: Int64) {
        // The patches that are followed lie in the last frame, where the tracks still are.
        // The view may be a fraction of what was captured.
        let scale = Float(view.capturedWidth) / Float(view.width)
        shift = motion.update(view.luma) { x, y in covers(x * scale, y * scale) }.scaled(by: scale)
        let (width, height) = (view.capturedWidth, view.capturedHeight)
        if let network {
            tracker.update(
                network.detections, time: time, frameWidth: width, frameHeight: height, cameraShift: shift)
        } else {
            tracker.update(nothing, time: time, frameWidth: width, frameHeight: height, cameraShift: shift)
        }
    }

    private func covers(_ x: Float, _ y: Float) -> Bool {
        tracker.withTracks { tracks in
            tracks.contains { track in
                let box = track.box
                return x > box.x1 && x < box.x2 && y > box.y1 && y < box.y2
            }
        }
    }
}
