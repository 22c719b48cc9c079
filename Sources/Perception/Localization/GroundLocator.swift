import Calibration
import Glibc

/// Finds where tracked objects stand on the road, how fast they move, and how sure that is.
///
/// Each edge of a box is a measurement of its own: the lower edge shows where the object touches the ground, the upper edge
/// how high it is, the sides where and how wide it is. They depend on distance, place, size of the object, and on what all
/// objects share: the camera's pitch at that moment and the error of its height. One Kalman filter holds all of it, so that
/// an object whose size has been learnt tells the pitch while the car brakes, and errors that all objects share are not
/// taken for independent ones: averaging over frames does not make a wrong mounting right. Edges that are cut by the picture
/// or hidden by something nearer are left out, the others still count.
///
/// The idea of a ground plane's pitch and objects' heights explaining boxes together is that of Hoiem, Efros and Hebert,
/// Putting Objects in Perspective (2008); the joint filter is that of EKF-SLAM with logarithmic depth.
///
/// Allocates nothing after its creation.
public struct GroundLocator: ~Copyable {
    /// Places of the shared quantities: what the mounting's pitch is wrong by, the nodding now (both radians, positive looks
    /// down), and what the camera's height is wrong by (metres).
    enum Shared {
        static let mountingPitch = 0
        static let nodding = 1
        static let height = 2
    }

    /// Places of an object's quantities from its block's beginning: logarithm of the forward distance from the camera to
    /// its ground contact, left per forward, velocities, logarithms of height and visible width, height of the ground that it
    /// stands on.
    enum Part {
        static let logDistance = 0
        static let bearing = 1
        static let velocityForward = 2
        static let velocityLeft = 3
        static let logHeight = 4
        static let logWidth = 5
        static let elevation = 6
    }

    /// A located object.
    struct Object: BitwiseCopyable {
        var trackID: UInt64
        var kind: RoadUser
        var isNew = true
        /// Seconds for which its edges have contradicted what is thought of it.
        var contradicted = 0.0
    }

    public let options: LocalizationOptions

    /// The ground as the mounting has it.
    public private(set) var plane: GroundPlane

    /// The row where the own bonnet begins, pixels of the captured frame; below it nothing can be seen.
    public var bonnetRow = Float.infinity

    let kinds: [RoadUser?]
    var filter: JointFilter
    let objects: UnsafeMutablePointer<Object>
    private var time: Int64?

    /// Seconds between the last two frames.
    private(set) var step = 0.0

    /// How fast the vehicle turns, radians a second, to the left, and its standard deviation; 0 where it is not known.
    var turning = (rate: 0.0, deviation: 0.0)

    /// - Parameter plane: the camera's calibration; its deviations say how far it can be trusted.
    /// - Throws: ``PerceptionError/invalidOption(name:detail:)``.
    public init(
        plane: GroundPlane, classNames: ClassNames, options: LocalizationOptions = .init()
    ) throws(PerceptionError) {
        try options.validate()
        self.options = options
        self.plane = plane
        kinds = classNames.names.map(RoadUser.named)
        let deviations = plane.mounting.deviations
        filter = JointFilter(
            sharedVariances: [
                squared(deviations.pitchDegrees * radiansPerDegree), squared(options.noddingDegrees * radiansPerDegree),
                squared(deviations.heightMetres),
            ],
            blockSize: 7, blockCapacity: options.maximumObjects)
        objects = .allocate(capacity: options.maximumObjects)
    }

    deinit {
        objects.deallocate()
    }

    // MARK: - A frame

    /// Takes one frame's tracks.
    ///
    /// - Parameters:
    ///   - detections: the list that `tracker` was updated with.
    ///   - time: when the frame was captured, nanoseconds.
    ///   - frameWidth, frameHeight: pixels of the captured frame.
    ///   - cameraShift: how the distant picture moved since the last frame.
    public mutating func update(
        _ tracker: borrowing Tracker, detections: borrowing DetectionList, time: Int64, frameWidth: Int,
        frameHeight: Int, cameraShift: CameraShift = .zero
    ) {
        if let last = self.time, time < last { removeAllObjects() }
        step = self.time.map { Double(max(time - $0, 0)) * 1e-9 } ?? 0
        self.time = time
        removeLost(tracker)
        predictShared(cameraShift)
        noteTurning(cameraShift)
        for block in 0..<filter.blockCount { predict(block, cameraShift) }
        for index in 0..<tracker.count {
            let track = tracker[index]
            guard track.state == .confirmed, let detection = track.detectionIndex, let kind = kind(of: track) else {
                continue
            }
            let box = detections[detection].box
            var edges = VisibleEdges(
                box, frameWidth: Float(frameWidth), frameHeight: Float(frameHeight), bonnetRow: bonnetRow)
            hide(&edges, of: box, track: index, tracker, detections)
            measure(track.id, kind, box, edges)
        }
    }

    /// Finds what stands before an object: what is tracked, and what is seen for the first time and leaves no doubt.
    private func hide(
        _ edges: inout VisibleEdges, of box: BoundingBox, track index: Int, _ tracker: borrowing Tracker,
        _ detections: borrowing DetectionList
    ) {
        for other in 0..<tracker.count where other != index {
            let track = tracker[other]
            if tracker.isShown(track) {
                edges.hide(box, behind: track.box)
            } else if let detection = track.detectionIndex, detections[detection].score >= Self.hidingScore,
                track.box.intersectionOverUnion(with: box) < Self.sameObjectOverlap
            {
                edges.hide(box, behind: detections[detection].box)
            }
        }
    }

    private static var hidingScore: Float { 0.5 }
    /// What overlaps by more is a second opinion on the same object.
    private static var sameObjectOverlap: Float { 0.6 }

    private func kind(of track: Track) -> RoadUser? {
        kinds.indices.contains(track.classIndex) ? kinds[track.classIndex] : nil
    }

    private mutating func removeLost(_ tracker: borrowing Tracker) {
        var block = filter.blockCount - 1
        while block >= 0 {
            var isAlive = false
            for index in 0..<tracker.count where tracker[index].id == objects[block].trackID { isAlive = true }
            if !isAlive { remove(block) }
            block -= 1
        }
    }

    private mutating func removeAllObjects() {
        while filter.blockCount > 0 { remove(filter.blockCount - 1) }
    }

    mutating func remove(_ block: Int) {
        let last = filter.blockCount - 1
        filter.removeBlock(block)
        objects[block] = objects[last]
    }

    func block(of trackID: UInt64) -> Int? {
        for block in 0..<filter.blockCount where objects[block].trackID == trackID { return block }
        return nil
    }

    // MARK: - Pitch

    /// The camera's pitch against the road ahead at the last frame, degrees, positive looks down, with its standard deviation.
    public var pitchDegrees: (value: Double, deviation: Double) {
        var row = JointFilter.Row()
        row.add(Shared.mountingPitch, 1)
        row.add(Shared.nodding, 1)
        let turned = filter.state[Shared.mountingPitch] + filter.state[Shared.nodding]
        return (
            plane.mounting.pitchDegrees + turned / radiansPerDegree,
            (filter.variance(row) + squared(Self.leastPitchDeviation * radiansPerDegree)).squareRoot()
                / radiansPerDegree
        )
    }

    /// Degrees that remain however much is seen: the road is not flat, and all objects of a place may be taller than usual.
    static var leastPitchDeviation: Double { 0.1 }

    /// The ground as the camera sees it at the last frame.
    public var currentPlane: GroundPlane {
        let pitch = pitchDegrees
        return plane.with(pitchDegrees: pitch.value, deviation: pitch.deviation)
    }

    /// Takes a measurement of the camera's pitch by other means, such as lane lines that must be parallel.
    public mutating func observePitch(degrees: Double, deviation: Double) {
        var row = JointFilter.Row()
        row.add(Shared.mountingPitch, 1)
        row.add(Shared.nodding, 1)
        let surprise = (degrees - pitchDegrees.value) * radiansPerDegree
        filter.update(row, surprise: surprise, variance: squared(deviation * radiansPerDegree), gate: 3)
    }
}

extension GroundLocator {
    /// Takes another mounting, as driving has shown it. The camera's attitude at this moment stays what it was; only what of
    /// it is the mounting's and what is nodding is told anew.
    ///
    /// - Parameter mounting: pitch and yaw with their deviations count; the rest stays.
    public mutating func remount(_ mounting: Mounting) {
        let old = plane.mounting
        let turned = (mounting.yawDegrees - old.yawDegrees) * radiansPerDegree
        filter.state[Shared.mountingPitch] -= (mounting.pitchDegrees - old.pitchDegrees) * radiansPerDegree
        plane = plane.with(
            pitchDegrees: mounting.pitchDegrees, deviation: mounting.deviations.pitchDegrees,
            yawDegrees: mounting.yawDegrees, yawDeviation: mounting.deviations.yawDegrees)
        filter.revise(
            Shared.mountingPitch, mean: 0, variance: squared(mounting.deviations.pitchDegrees * radiansPerDegree))
        for block in 0..<filter.blockCount {
            let bearing = filter.state + filter.base(block) + Part.bearing
            bearing.pointee += turned * (1 + squared(bearing.pointee))
        }
    }
}

let radiansPerDegree = Double.pi / 180

@inline(__always)
func squared(_ value: Double) -> Double { value * value }
