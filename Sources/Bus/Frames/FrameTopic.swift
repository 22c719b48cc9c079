import Messages
import Platform

/// A topic whose messages announce frames in shared memory. One thread publishes at a time.
public final class FrameTopic: Sendable {
    private let topic: BusTopic
    private let ring: FrameRing

    init(topic: BusTopic, ring: FrameRing) {
        self.topic = topic
        self.ring = ring
    }

    public var name: String { topic.name }

    /// Whether anybody wants frames: else copying them is in vain.
    public var hasSubscribers: Bool { topic.hasSubscribers }

    /// The sequence that the next message will have.
    public var nextSequence: UInt64 { topic.nextSequence }

    /// Slots that subscribers hold at this moment.
    public var slotsHeld: Int { ring.slotsHeld }

    /// Leases that were taken away from subscribers who held them too long while nothing else was free.
    public var revokedLeases: UInt64 { ring.revokedLeases }

    /// The largest frame in bytes.
    public var frameByteLimit: Int { ring.layout.slotBytes }

    /// Takes note of a frame that is not published, such as for want of a slot: subscribers learn of it as of a loss.
    public func countLost() {
        topic.skip()
    }

    /// A slot to write the next frame into; nil when subscribers hold all of them. Never waits, allocates nothing.
    public func acquire() -> FrameSlot? {
        guard let lease = ring.acquire(now: MonotonicTime.now.nanoseconds) else { return nil }
        return FrameSlot(ring: ring, lease: lease)
    }

    /// Announces a frame to all subscribers. Never waits, allocates nothing.
    ///
    /// - Parameters:
    ///   - length: bytes of the frame in the slot.
    ///   - width, height: pixels.
    ///   - planes: empty for JPEG.
    ///   - colorMatrix, isFullRange: what luma and chroma mean, for formats that have them.
    /// - Returns: the message's sequence.
    @discardableResult
    public func publish(
        _ slot: consuming FrameSlot, length: Int, header: MessageHeader, width: Int, height: Int,
        pixelFormat: Sightline_PixelFormat, planes: [FramePlane], colorMatrix: Sightline_ColorMatrix = .unknown,
        isFullRange: Bool = false
    ) throws(BusError) -> UInt64 {
        guard 0...slot.bytes.count ~= length else {
            throw .messageTooLarge(topic: name, byteCount: length, limit: slot.bytes.count)
        }
        let placement = slot.placement(length: length)
        let lease = slot.publishing(now: MonotonicTime.now.nanoseconds)
        defer { ring.finishPublishing(lease) }
        return try topic.publish(lease: lease) { writer in
            FrameEncoder.begin(
                &writer, header: header, placement: placement, width: UInt32(clamping: width),
                height: UInt32(clamping: height), pixelFormat: pixelFormat)
            for plane in planes {
                FrameEncoder.plane(
                    &writer, offset: UInt64(clamping: plane.offset), stride: UInt32(clamping: plane.stride))
            }
            FrameEncoder.color(&writer, matrix: colorMatrix, isFullRange: isFullRange)
        }
    }
}
