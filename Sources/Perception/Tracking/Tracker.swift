/// Follows objects from frame to frame, whenever the frames come.
///
/// Association has ByteTrack's stages (Zhang et al., ByteTrack: Multi-Object Tracking by Associating Every Detection Box,
/// 2022): sure detections choose among all confirmed tracks first, doubtful ones prolong what is left, and what remains of
/// the sure ones joins or begins tentative tracks. Each stage is an optimal assignment. Unlike ByteTrack, time is true time:
/// prediction, uncertainty, gates and life spans follow the frames' stamps, the turning of the camera is taken out before
/// boxes are compared, and classes that a network confuses share a track.
///
/// Allocates nothing after its creation.
public struct Tracker: ~Copyable {
    public let options: TrackingOptions
    let groups: ClassGroups
    let tracks: UnsafeMutablePointer<Track>
    public internal(set) var count = 0

    /// Numbers of detections and tracks that are still to be associated.
    var strong: IndexList
    var weak: IndexList
    var candidates: IndexList
    var assignment: Assignment

    private var nextID: UInt64 = 1
    private(set) var time: Int64?

    /// How fast the picture moves as the camera turns, pixels per second, smoothed.
    public private(set) var cameraVelocityX: Float = 0
    public private(set) var cameraVelocityY: Float = 0

    /// - Throws: ``PerceptionError/invalidOption(name:detail:)``.
    public init(classNames: ClassNames, options: TrackingOptions = .init()) throws(PerceptionError) {
        try options.validate()
        self.options = options
        groups = ClassGroups(classNames)
        tracks = .allocate(capacity: options.maximumTracks)
        strong = IndexList(capacity: options.maximumDetections)
        weak = IndexList(capacity: options.maximumDetections)
        candidates = IndexList(capacity: options.maximumTracks)
        assignment = Assignment(
            rowCapacity: options.maximumTracks, columnCapacity: options.maximumDetections, limit: Self.costLimit)
    }

    deinit {
        tracks.deallocate()
    }

    /// Takes the detections of one frame.
    ///
    /// - Parameters:
    ///   - time: when the frame was captured, nanoseconds. A time before the last one (a drive begins again) forgets all
    ///     tracks.
    ///   - frameWidth, frameHeight: pixels of the captured frame, which boxes refer to.
    ///   - cameraShift: how far the distant picture moved since the last frame, pixels; zero where that is not known.
    /// - Complexity: that of the assignment: tracks^2 * detections at worst.
    public mutating func update(
        _ detections: borrowing DetectionList, time: Int64, frameWidth: Int, frameHeight: Int,
        cameraShift: CameraShift = .zero
    ) {
        if let last = self.time, time < last { count = 0 }
        let seconds = self.time.map { Float(max(time - $0, 0)) * 1e-9 } ?? 0
        self.time = time
        predict(seconds: seconds, cameraShift: cameraShift)
        select(detections)
        associate(strong: true, detections, time: time) { $0.state != .tentative }
        // Doubtful detections are believed where something was seen just now, at the latest on the frame before.
        let recent = Int64(max(Self.recentSeconds, seconds * 1.01) * 1e9)
        associate(strong: false, detections, time: time) {
            $0.state != .tentative && $0.detectionIndex == nil && time - $0.lastSeen <= recent
        }
        associate(strong: true, detections, time: time) { $0.state == .tentative }
        finish(time: time, frameWidth: Float(frameWidth), frameHeight: Float(frameHeight), seconds: seconds)
        begin(detections, time: time)
    }

    /// Forgets all tracks; identities go on counting.
    public mutating func removeAll() {
        count = 0
        time = nil
    }

    /// Calls `body` with all tracks, the oldest first.
    public func withTracks<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Track>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeBufferPointer(start: tracks, count: count))
    }

    /// - Precondition: `index` lies in `0..<count`.
    public subscript(index: Int) -> Track {
        precondition(index >= 0 && index < count, "no track \(index) among \(count)")
        return tracks[index]
    }

    private static var recentSeconds: Float { 0.3 }

    /// Detections from which a track that is not seen is believed to go on.
    private static var steadyCount: Int { 6 }

    /// Pixels of height below which something that is not seen is not believed to be there still: it is as likely to have gone
    /// behind something else.
    private static var steadyHeight: Float { 14 }

    /// Whether a track is worth telling others about: confirmed, and seen now, or often before and not long ago.
    public func isShown(_ track: Track) -> Bool {
        guard track.state != .tentative, let time else { return false }
        if track.state == .confirmed { return true }
        return track.detectionCount >= Self.steadyCount && track.filter.height.position >= Self.steadyHeight
            && Float(time - track.lastSeen) * 1e-9 <= options.shownCoasting
    }

    /// Where the box of a track will be `seconds` after the last frame.
    public func forecast(_ track: Track, seconds: Float) -> BoundingBox {
        track.filter.forecast(seconds: seconds, cameraX: cameraVelocityX, cameraY: cameraVelocityY)
    }

    /// Velocity of a track's centre in the picture, pixels per second to the right and down.
    public func velocity(of track: Track) -> (x: Float, y: Float) {
        (track.filter.x.velocity + cameraVelocityX, track.filter.y.velocity + cameraVelocityY)
    }

    /// The track that a detection of this frame joined.
    public func trackIndex(ofDetection index: Int) -> Int? {
        for place in 0..<count where tracks[place].detectionIndex == index { return place }
        return nil
    }

    // MARK: - Life of a track

    private mutating func predict(seconds: Float, cameraShift: CameraShift) {
        for index in 0..<count {
            tracks[index].detectionIndex = nil
            tracks[index].filter.predict(
                seconds: seconds, shiftX: cameraShift.x, shiftY: cameraShift.y, model: options.motion)
        }
        guard seconds > 0 else { return }
        // Nodding does not go on, turning does: only the horizontal motion is worth looking ahead with.
        let share = min(seconds / 0.3, 1)
        cameraVelocityX += (cameraShift.x / seconds - cameraVelocityX) * share
        cameraVelocityY += (0 - cameraVelocityY) * share
    }

    /// Lets tracks that were not seen coast, and ends those that were not seen for too long.
    private mutating func finish(time: Int64, frameWidth: Float, frameHeight: Float, seconds: Float) {
        var kept = 0
        for index in 0..<count {
            var track = tracks[index]
            if track.detectionIndex == nil {
                let unseen = Float(time - track.lastSeen) * 1e-9
                let center = (x: track.filter.x.position, y: track.filter.y.position)
                let isInside = center.x > 0 && center.x < frameWidth && center.y > 0 && center.y < frameHeight
                let patience =
                    track.state == .tentative ? options.maximumTentativeGap : isInside ? options.maximumCoasting : 0
                guard unseen <= patience else { continue }
                if track.state == .confirmed { track.state = .coasting }
                track.filter.dampGrowth(by: max(1 - 2 * seconds, 0))
            }
            tracks[kept] = track
            kept += 1
        }
        count = kept
    }

    /// Begins tracks with the sure detections that nothing claimed.
    private mutating func begin(_ detections: borrowing DetectionList, time: Int64) {
        for place in 0..<strong.count {
            guard count < options.maximumTracks else { return }
            let index = strong[place]
            let detection = detections[index]
            guard detection.score >= options.beginScore else { continue }
            var track = Track(
                id: nextID, detection, index: index, group: groups.group(of: detection.classIndex), time: time,
                model: options.motion)
            if track.evidence >= options.confirmingEvidence { track.state = .confirmed }
            (tracks + count).initialize(to: track)
            count += 1
            nextID += 1
        }
    }
}
