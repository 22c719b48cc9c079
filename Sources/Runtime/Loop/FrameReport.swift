import Imaging

/// What happened on one frame, for progress and pictures. Valid during the call only.
public struct FrameReport {
    public let view: ImageView
    public let stamp: FrameStamp
    public let pipeline: PerceptionPipeline
    public let framesProcessed: Int
    public let framesDropped: Int
}
