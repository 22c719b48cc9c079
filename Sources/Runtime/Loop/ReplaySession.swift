import Platform
import Recording

/// Replays a drive: its frames through the loop to the bus.
public final class ReplaySession {
    public let drive: DriveInfo
    /// The loop's health board, for other parts of the run.
    public var health: HealthBoard { loop.health }
    /// What time 0 of the replay is, nanoseconds since 1970; nil for drives that do not know.
    public let startTime: Int64?
    private let feeder: DriveFeeder
    private let loop: PerceptionLoop

    /// - Parameters:
    ///   - publisher: nil to publish nothing.
    ///   - control: for whoever steers the replay while it runs.
    ///   - grant: how the threads of the frame path are scheduled.
    public init(
        drive path: String, pipeline: PerceptionPipeline, publisher: ResultPublisher?, options: ReplayOptions,
        control: ReplayControl? = nil, grant: RealTimeGrant = .none
    ) throws(RuntimeError) {
        let reader: any DriveReader
        do throws(RecordingError) {
            reader = try openDrive(path, options: DriveOptions(topic: options.topic))
        } catch {
            throw .recording(error)
        }
        drive = reader.info
        startTime = (reader as? MCAPDriveReader).map { $0.startTime + Int64(options.start * 1e9) }
        feeder = DriveFeeder(reader, options: options, control: control ?? ReplayControl(speed: options.speed))
        loop = PerceptionLoop(
            source: feeder, pipeline: pipeline, publisher: publisher, health: HealthBoard(), grant: grant)
    }

    /// Ends the run after the present frame; called by the loop's thread or any other.
    public func stop() {
        loop.stop()
    }

    /// Runs until the drive's end, an interrupt, or an error.
    public func run(onFrame: (FrameReport) throws -> Void) throws -> RunSummary {
        var summary = try loop.run(onFrame: onFrame)
        summary.condition = feeder.condition
        return summary
    }
}
