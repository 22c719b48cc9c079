import Camera
import Platform
import Synchronization

/// Keeps a camera delivering, on a thread of its own, and puts its newest frame into the slot that the loop takes it from.
///
/// Frames stay in the driver's memory: a frame's buffer goes back to the driver when its element of the slot is filled again.
final class CameraFeeder: FrameSource, @unchecked Sendable {
    // Sendable without checking is sound: after `start`, the camera and all plain properties are used by the feeder's thread
    // only; what other threads see goes through the slot and the atomics.
    let slot = LatestSlot { CapturedFrame() }
    private let camera: Camera
    private let name: String
    private let stamps: StampBoard.Writer?
    private let shouldStop = Atomic<Bool>(false)
    private let lost = Atomic<Int>(0)
    private var thread: RealTimeThread?

    private var frameNumber: UInt64 = 0
    private var missingBefore: UInt64 = 0

    /// How long the camera is waited for at a stretch; a stop is noticed within this time.
    private static let patience: Int64 = 20_000_000

    /// - Parameters:
    ///   - name: the camera's, for health.
    ///   - stamps: where the frames' times are noted for other cameras to be paired with.
    init(_ camera: Camera, name: String, stamps: StampBoard.Writer? = nil) {
        self.camera = camera
        self.name = name
        self.stamps = stamps
        framePeriod = camera.format.rate?.interval ?? 33_333_333
    }

    var isVirtual: Bool { false }
    let framePeriod: Int64
    var lostFrames: Int { lost.load(ordering: .relaxed) }

    func start(health: HealthBoard, grant: RealTimeGrant) throws(RuntimeError) {
        do throws(PlatformError) {
            thread = try RealTimeThread(name: "sightline-cam", scheduling: grant.source) { [self] _ in run(health) }
        } catch {
            throw .platform(error)
        }
    }

    func requestStop() {
        shouldStop.store(true, ordering: .releasing)
        slot.finish()
    }

    func stop() throws(RuntimeError) {
        requestStop()
        thread?.join()
        thread = nil
    }

    private func run(_ board: HealthBoard) {
        var health = CameraHealth(board: board, camera: name)
        while !shouldStop.load(ordering: .acquiring) {
            let isFrame = slot.fill { fill(&$0) }
            health.update(camera)
            lost.store(Int(clamping: missing), ordering: .relaxed)
            if isFrame { slot.publish() }
        }
        slot.finish()
    }

    /// Frames that the driver lost, or that were not worth decoding.
    private var missing: UInt64 { camera.lostFrames + camera.skippedFrames }

    private func fill(_ captured: inout CapturedFrame) -> Bool {
        guard camera.next(into: &captured.camera, timeoutNanoseconds: Self.patience) else { return false }
        // Frames that never came have numbers, too: a gap says how many are missing.
        frameNumber += missing - missingBefore
        missingBefore = missing
        captured.number = frameNumber
        frameNumber += 1
        captured.capture = captured.camera.time.moment
        captured.captureTime = captured.capture.nanoseconds
        captured.arrival = .now
        stamps?.note(captured.capture, number: captured.number)
        return true
    }
}
