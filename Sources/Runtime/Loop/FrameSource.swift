import Platform

/// What fills the loop's slot with frames: a recorded drive, a camera.
///
/// A source works on threads of its own. It stamps every frame with its capture time, hands over the newest through the
/// slot, and never waits for the loop unless it replays every frame of a drive. Frames that it lost before they reached the
/// slot are counted, and what is wrong with it is raised on the health board.
protocol FrameSource: AnyObject {
    /// Where the loop finds the newest frame. The source finishes it when nothing more will come.
    var slot: LatestSlot<CapturedFrame> { get }

    /// Whether time is the recording's, so that two runs are to publish the same bytes.
    var isVirtual: Bool { get }

    /// From frame to frame, nanoseconds, as negotiated or recorded.
    var framePeriod: Int64 { get }

    /// Frames since the start that never reached the slot: gaps in a driver's sequence numbers. Read by any thread.
    var lostFrames: Int { get }

    /// Begins to fill the slot.
    ///
    /// - Parameters:
    ///   - health: where the source raises what is wrong with it.
    ///   - grant: how its threads are scheduled: see ``RealTimeGrant/source`` and ``RealTimeGrant/ahead``.
    func start(health: HealthBoard, grant: RealTimeGrant) throws(RuntimeError)

    /// Tells the source's threads to end, so that they do while the loop works on its last frame. Called by any thread.
    func requestStop()

    /// Stops and waits for the source's threads.
    ///
    /// - Throws: what ended the source before its time.
    func stop() throws(RuntimeError)
}
