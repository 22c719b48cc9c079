import Platform
import Recording

/// Replays a drive: its frames through the loop to the bus.
public final class ReplaySession {
    public let drive: DriveInfo
    /// The loop's health board, for other parts of the run.
    public var health: HealthBoard { loop.health }
    private let feeder: DriveFeeder
    private let loop: PerceptionLoop

    /// - Parameter publisher: nil to publish nothing.
    public init(
        drive path: String, pipeline: PerceptionPipeline, publisher: ResultPublisher?, options: ReplayOptions
    ) throws(RuntimeError) {
        let reader: any DriveReader
        do throws(RecordingError) { reader = try openDrive(path) } catch { throw .recording(error) }
        drive = reader.info
        feeder = DriveFeeder(reader, options: options)
        loop = PerceptionLoop(source: feeder, pipeline: pipeline, publisher: publisher, health: HealthBoard())
    }

    /// Runs until the drive's end, an interrupt, or an error.
    public func run(onFrame: (FrameReport) throws -> Void) throws -> RunSummary {
        var summary = try loop.run(onFrame: onFrame)
        summary.condition = feeder.condition
        return summary
    }
}
