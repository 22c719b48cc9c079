/// Collects frames during a profiled run. All memory is taken beforehand: recording a frame allocates nothing.
public final class ProfileRecorder {
    /// At most this many frames are kept one by one: an hour at 30 frames per second takes 130 MB.
    public static let frameLimit = 108_000

    /// Reads a counter of allocations; nil where none is linked.
    public typealias AllocationCounter = @Sendable () -> UInt64

    private(set) var frames: [FrameRecord] = []
    /// Frames at the beginning that are not kept: buffers find their size with the first ones.
    let warmUpFrames: Int
    private var seen = 0
    private let limit: Int
    private let allocations: AllocationCounter?
    private var allocationsBefore: UInt64 = 0
    private(set) var allocationCount: UInt64?

    /// - Parameters:
    ///   - frames: frames to keep.
    ///   - allocations: counts the allocations of the frame path's threads.
    public init(frames: Int, warmUpFrames: Int = 10, allocations: AllocationCounter? = nil) {
        limit = min(frames, Self.frameLimit)
        self.warmUpFrames = warmUpFrames
        self.allocations = allocations
        self.frames.reserveCapacity(limit)
    }

    /// Whether all frames that were asked for have been recorded.
    public var isComplete: Bool { frames.count >= limit }

    /// Takes in a frame.
    public func add(_ report: FrameReport) {
        seen += 1
        guard seen > warmUpFrames else {
            if seen == warmUpFrames { allocationsBefore = allocations?() ?? 0 }
            return
        }
        guard !isComplete else { return }
        var frame = FrameRecord()
        frame.number = report.stamp.number
        frame.timeline = report.pipeline.timeline
        frame.detection = report.pipeline.detectionOutcome
        frame.road = report.pipeline.roadOutcome
        frame.missCause = report.missCause
        frame.dropped = report.framesDropped
        frames.append(frame)
        if let allocations { allocationCount = allocations() - allocationsBefore }
    }
}
