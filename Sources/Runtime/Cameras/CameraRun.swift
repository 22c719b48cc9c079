import CLinux
import Camera
import Platform
import Recording
import SightlineBus
import Synchronization

/// A run on one camera or several, each with its own networks, thread and publisher, so that none holds up another.
public final class CameraRun {
    /// How one camera's run ended.
    public struct Outcome: Sendable {
        public var camera: String
        public var summary: RunSummary
        public var pairs: [PairSummary] = []
    }

    /// How well a camera's frames paired with another camera's.
    public struct PairSummary: Sendable, Hashable {
        public var camera: String
        public var paired: Int
        public var alone: Int
        public var largestSkewMilliseconds: Double
    }

    /// Frames of two cameras belong together when their capture times differ by at most this: openpilot's bound, which is
    /// three quarters of a frame at 30 frames per second.
    public static let pairBound: Int64 = 25_000_000

    public let sessions: [CameraSession]
    /// What the system refused of real-time scheduling and locked memory, and what else to know before the run, one line each.
    public let refusals: [String]
    private let publishers: [ResultPublisher]
    private let board: StampBoard
    /// One for each camera of several that publish.
    private let pairPublishers: [PairPublisher]
    private let recorder: BusRecorder?
    private let results = Mutex<[Int: Result<Outcome, any Error>]>([:])

    /// Opens all cameras and loads their networks.
    ///
    /// - Parameters:
    ///   - configuration: `cameras` is not empty; a single camera without a name has the run's.
    ///   - isPublishing: whether results go to the bus, one publisher for each camera, of the camera's name.
    ///   - recording: what is to become of what is published, besides; a run that publishes nothing records nothing.
    public convenience init(
        _ configuration: Configuration, isPublishing: Bool, recording: RunRecording? = nil
    ) throws(RuntimeError) {
        try self.init(configuration, isPublishing: isPublishing, recording: recording, disk: .system) { _ in .system }
    }

    /// - Parameter calls: how each camera is reached, by its place in the configuration.
    package init(
        _ configuration: Configuration, isPublishing: Bool, recording: RunRecording?, disk: RecordingDisk,
        calls: (Int) -> DeviceCalls
    ) throws(RuntimeError) {
        let names = configuration.cameras.map { $0.name ?? configuration.name }
        board = StampBoard(cameras: names)
        let grant = Self.grant(configuration)
        var refusals = grant.refusals
        var sessions: [CameraSession] = []
        var publishers: [ResultPublisher] = []
        for (index, camera) in configuration.cameras.enumerated() {
            let own = Self.configuration(of: camera, in: configuration)
            let pipeline = try PerceptionPipeline(own, grant: grant)
            refusals += pipeline.notes
            let publisher = isPublishing ? try ResultPublisher(name: names[index]) : nil
            if let publisher { publishers.append(publisher) }
            sessions.append(
                try CameraSession(
                    camera, name: names[index], pipeline: pipeline, publisher: publisher,
                    stamps: names.count > 1 ? board.writer(for: index) : nil, grant: grant, calls: calls(index)))
        }
        self.sessions = sessions
        self.publishers = publishers
        self.refusals = refusals
        pairPublishers =
            names.count > 1
            ? try publishers.map { (publisher) throws(RuntimeError) in try publisher.pairPublisher() } : []
        recorder = try (isPublishing ? recording : nil).map { (recording) throws(RuntimeError) in
            var options = recording.options
            // A vehicle whose disk is full still drives.
            options.waitsForDisk = true
            return try BusRecorder(
                path: recording.path, publishers: publishers.map(\.name), options: options, context: recording.context,
                health: sessions.map(\.health), disk: disk)
        }
    }

    /// How the recording stands; nil when there is none.
    public var recordingCondition: RecordingCondition? { recorder?.condition }

    /// Begins to record, and waits until the recorder hears all publishers, so that it has the first frames.
    private func startRecording() throws(RuntimeError) {
        guard let recorder else { return }
        try recorder.start()
        for (session, publisher) in zip(sessions, publishers) {
            try publisher.waitForRecorder(width: session.format.width, height: session.format.height)
        }
    }

    /// Real-time scheduling, where a budget is to be kept or it is asked for. Loops of several cameras share the processors, so
    /// their threads are not pinned.
    private static func grant(_ configuration: Configuration) -> RealTimeGrant {
        let hasBudget = configuration.budget != nil || configuration.cameras.contains { $0.budget != nil }
        guard hasBudget || configuration.realTime != nil else { return .none }
        var options = configuration.realTime ?? RealTimeOptions()
        if configuration.cameras.count > 1 { options.pinsThreads = false }
        return RealTimeGrant(options)
    }

    /// The run's configuration with a camera's own networks and budget, and its share of the threads.
    private static func configuration(of camera: CameraConfiguration, in run: Configuration) -> Configuration {
        var own = run
        if camera.detection != nil || camera.road != nil { (own.detection, own.road) = (camera.detection, camera.road) }
        own.budget = camera.budget ?? run.budget
        own.calibration = camera.calibration ?? run.calibration
        // What a camera has learnt lies beside its file, so that the next run goes on from there.
        // Each camera keeps its own.
        if run.cameras.count > 1 { own.calibrationState = nil }
        own.calibrationState = own.calibrationState ?? own.calibration.map(OnlineStart.statePath(besideCalibration:))
        if run.cameras.count > 1, run.threads == nil {
            own.threads = max(1, Int(sightline_processor_count()) / run.cameras.count)
        }
        return own
    }

    /// Runs until an interrupt, or an error of any camera's loop.
    ///
    /// - Parameter onFrame: called after each frame with the camera's index, on that camera's loop thread; false ends
    ///   that camera's run.
    public func run(onFrame: @escaping @Sendable (Int, FrameReport) -> Bool) throws -> [Outcome] {
        defer {
            // What is still on its way to the recorder needs its publisher.
            _ = recorder?.finish()
            for publisher in publishers { publisher.close() }
        }
        try startRecording()
        guard sessions.count > 1 else { return [try runOne(0, onFrame)] }
        var threads: [RealTimeThread] = []
        for index in sessions.indices {
            let run = Transfer(self)
            let thread = try RealTimeThread(name: "sightline-run") { _ in
                let result = Result { try run.value.runOne(index, onFrame) }
                // One loop that fails ends the others: a supervisor starts the whole run again.
                if case .failure = result { for session in run.value.sessions { session.stop() } }
                run.value.results.withLock { $0[index] = result }
            }
            threads.append(thread)
        }
        for thread in threads { thread.join() }
        let all = results.withLock { $0 }
        return try sessions.indices.compactMap { try all[$0]?.get() }
    }

    private func runOne(_ index: Int, _ onFrame: @escaping @Sendable (Int, FrameReport) -> Bool) throws -> Outcome {
        let session = sessions[index]
        var pairs = PairMonitor(board: board, own: index, bound: Self.pairBound, health: session.health)
        let summary = try session.run { report in
            if let capture = report.stamp.capture { pairs.add(capture: capture, now: .now) }
            if pairPublishers.indices.contains(index) {
                do throws(BusError) {
                    try pairPublishers[index].publish(pairs, stamp: report.stamp)
                } catch {
                    throw RuntimeError.bus(error)
                }
            }
            if !onFrame(index, report) { session.stop() }
        }
        let partners = zip(pairs.names, pairs.pairings).map { name, pairing in
            PairSummary(
                camera: name, paired: pairing.paired, alone: pairing.alone,
                largestSkewMilliseconds: Double(pairing.largestSkew) / 1e6)
        }
        return Outcome(camera: session.name, summary: summary, pairs: partners)
    }

    /// Hands the run to a thread that uses only that thread's session.
    private struct Transfer: @unchecked Sendable {
        // Sendable without checking is sound: each thread uses one session of its own, and the run itself does not change.
        let value: CameraRun

        init(_ value: CameraRun) { self.value = value }
    }
}
