import Imaging

/// Watches a drive's frames and says every so often in which direction the camera moved.
///
/// For slow threads and recorded drives, see ``PointTracker``.
public struct MotionObserver {
    private let model: CameraModel
    /// Halvings of the frame before points are followed.
    private let halvings: Int
    /// Seconds over which points are followed for one direction: far enough for near points to move by many pixels, short
    /// enough for the road to be straight.
    private let span: Double

    private var tracker = PointTracker()
    private var begun: Double?
    private var last: Double?

    /// - Parameter model: for the frames' size.
    public init(model: CameraModel, span: Double = 0.2) {
        self.model = model
        self.span = span
        var halvings = 0
        while model.width >> halvings > 900 { halvings += 1 }
        self.halvings = halvings
    }

    /// Takes the next frame.
    ///
    /// - Returns: the direction of travel, when enough time has passed and enough points agree.
    public mutating func observe(_ picture: ImageView, seconds: Double) -> MotionDirection? {
        observe(GrayImage(picture), seconds: seconds)
    }

    mutating func observe(_ picture: GrayImage, seconds: Double) -> MotionDirection? {
        guard picture.width == model.width, picture.height == model.height else { return nil }
        var image = picture
        for _ in 0..<halvings { image = image.halved }
        let isContinued = last.map { seconds > $0 && seconds - $0 < 0.5 } ?? false
        last = seconds
        guard let begun, isContinued else {
            start(image, seconds)
            return nil
        }
        tracker.follow(image)
        guard seconds - begun >= span || tracker.tracks.count < MotionSolver.leastPoints else { return nil }
        let direction = solve(seconds - begun)
        start(image, seconds)
        return direction
    }

    private mutating func start(_ image: GrayImage, _ seconds: Double) {
        // Sky and bonnet show nothing that helps.
        tracker.start(image, rows: image.height / 5..<image.height * 9 / 10)
        begun = seconds
    }

    private func solve(_ elapsed: Double) -> MotionDirection? {
        let scale = Double(1 << halvings)
        var (first, second): ([SIMD2<Double>], [SIMD2<Double>]) = ([], [])
        var moved = 0
        for track in tracker.tracks {
            let (from, to) = ((track.start + 0.5) * scale - 0.5, (track.now + 0.5) * scale - 0.5)
            let distance = (to - from).length
            // What stands still low in the picture is the vehicle itself.
            if distance < 0.7 * scale, from.y > 0.65 * Double(model.height) { continue }
            guard let before = model.unproject(from), let after = model.unproject(to), before.z > 0.2, after.z > 0.2
            else { continue }
            if distance > 2 * scale { moved += 1 }
            first.append(SIMD2(before.x, before.y) / before.z)
            second.append(SIMD2(after.x, after.y) / after.z)
        }
        // A vehicle that stands shows no direction.
        guard moved * 4 > first.count else { return nil }
        let noise = 0.25 * scale / model.fx
        return first.withUnsafeBufferPointer { first in
            second.withUnsafeBufferPointer { second in
                MotionSolver.solve(first: first, second: second, noise: noise, seconds: elapsed)
            }
        }
    }
}
