import Imaging
import Messages

/// What happened on one frame, for progress and pictures. Valid during the call only.
public struct FrameReport {
    public let view: ImageView
    public let stamp: FrameStamp
    public let pipeline: PerceptionPipeline
    /// Whose fault a missed deadline was.
    public let missCause: Sightline_Timing.MissCause
    public let framesProcessed: Int
    public let framesDropped: Int
}
