/// How a publisher shares frames.
public struct FrameOptions: Sendable, Equatable {
    /// The largest frame in bytes.
    public var frameByteLimit: Int
    /// Frames that the memory holds, 2 to 64: those that subscribers hold, plus two.
    public var slotCount: Int
    /// Frames that one subscriber may hold; it loses further ones, the others do not.
    public var leaseLimit: Int
    /// Nanoseconds after which a frame may be taken away from those who hold it, if no other slot is free.
    public var leaseTime: Int64

    public init(frameByteLimit: Int, slotCount: Int = 8, leaseLimit: Int = 3, leaseTime: Int64 = 1_000_000_000) {
        self.frameByteLimit = frameByteLimit
        self.slotCount = slotCount
        self.leaseLimit = leaseLimit
        self.leaseTime = leaseTime
    }

    func layout() throws(BusError) -> FrameRingLayout {
        guard slotCount >= 2, let layout = FrameRingLayout(slotCount: slotCount, slotBytes: frameByteLimit) else {
            throw .invalidOption(
                "frames",
                detail:
                    "\(slotCount) slots of \(frameByteLimit) bytes; 2 to \(FrameRingLayout.slotLimit) slots of at most "
                    + "\(FrameRingLayout.slotByteLimit) bytes are possible")
        }
        guard leaseLimit >= 1, leaseTime >= 0 else {
            throw .invalidOption("frames", detail: "lease limit \(leaseLimit) and time \(leaseTime) are too small")
        }
        return layout
    }
}
