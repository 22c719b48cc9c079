import Camera
import Platform

extension PerceptionPipeline {
    /// The sizes that the networks bring frames to.
    var neededSizes: [CameraSettings.NeededSize] {
        [detection?.neededSize, road?.neededSize].compactMap { $0 }
    }
}

/// One camera of a run: its frames through the loop to the bus.
public final class CameraSession {
    /// What the camera is called in messages.
    public let name: String
    /// The node or link by which the camera is found again.
    public let path: String
    /// The format that was negotiated at the start.
    public let format: ActiveFormat
    private let feeder: CameraFeeder
    private let loop: PerceptionLoop

    /// Opens the camera.
    ///
    /// - Parameters:
    ///   - publisher: nil to publish nothing.
    ///   - stamps: where the frames' times are noted, when they are to be paired with other cameras' frames.
    ///   - grant: how the threads of the frame path are scheduled.
    ///   - calls: how the device is reached.
    package init(
        _ configuration: CameraConfiguration, name: String, pipeline: PerceptionPipeline,
        publisher: ResultPublisher?, stamps: StampBoard.Writer? = nil,
        grant: RealTimeGrant = .none, calls: DeviceCalls = .system
    ) throws(RuntimeError) {
        let camera: Camera
        var settings = configuration.settings
        settings.neededSizes = configuration.isFullSize ? [] : pipeline.neededSizes
        do throws(CameraError) { camera = try Camera(settings, calls: calls) } catch { throw .camera(error) }
        self.name = name
        path = camera.path
        format = camera.format
        feeder = CameraFeeder(camera, name: name, stamps: stamps)
        loop = PerceptionLoop(
            source: feeder, pipeline: pipeline, publisher: publisher, health: HealthBoard(), grant: grant)
    }

    /// The loop's health board, for other parts of the run.
    public var health: HealthBoard { loop.health }

    /// Runs until ``stop()``, an interrupt or an error; what happens to the camera is no error, but found on the health board.
    public func run(onFrame: (FrameReport) throws -> Void) throws -> RunSummary {
        try loop.run(onFrame: onFrame)
    }

    /// Ends the run after the frame that is being worked on. Any thread may call it.
    public func stop() { loop.stop() }
}
