import Imaging
import Messages
import SightlineBus

/// The topic `frame`: hands captured frames to subscribers through shared memory, copied only when somebody subscribes.
///
/// The topic appears with the first frame, which tells how much memory one takes. Allocates nothing after that one.
public final class FramePublisher {
    private let bus: BusPublisher
    private let camera: String
    private var topic: FrameTopic?
    private var layout: SharedFrameLayout?
    /// Frames that were not handed over, because subscribers held all the memory or because a frame was larger than the first.
    public private(set) var lost: UInt64 = 0

    init(bus: BusPublisher, camera: String) {
        self.bus = bus
        self.camera = camera
    }

    /// Whether handing over a frame is worth its while.
    public var hasSubscribers: Bool { topic?.hasSubscribers ?? false }

    /// Opens the topic before the first frame, so that whoever subscribes now receives that one, too.
    ///
    /// - Parameter width, height: the largest frame, in pixels.
    func prepare(width: Int, height: Int) throws(BusError) {
        // Room for three bytes a pixel, in rows of multiples of 64 bytes.
        _ = try topic(frameBytes: (width * 3 + 64) * height)
    }

    /// Hands over a decoded picture. Without subscribers it costs nothing but the first time.
    func publish(_ view: ImageView, stamp: FrameStamp) throws(BusError) {
        if layout?.description != view.description { layout = SharedFrameLayout(view.description) }
        guard let layout else { return }
        let topic = try topic(frameBytes: max(layout.byteCount, Self.largestFile(view.width, view.height)))
        guard let slot = slot(of: topic, byteCount: layout.byteCount) else { return }
        layout.copy(view, to: slot.bytes)
        let isYUV = view.format.isYUV
        try topic.publish(
            slot, length: layout.byteCount, header: stamp.header(camera: camera, sequence: topic.nextSequence),
            width: view.width, height: view.height, pixelFormat: view.format.message, planes: layout.planes,
            colorMatrix: isYUV ? view.color.matrix.message : .unknown, isFullRange: isYUV && view.color.range == .full)
    }

    /// Hands over a picture as the camera compressed it, for a recorder that keeps it so.
    ///
    /// - Parameters:
    ///   - jpeg: the file, copied before the call returns.
    ///   - width, height: pixels.
    func publish(
        jpeg: UnsafeRawBufferPointer, width: Int, height: Int, stamp: FrameStamp
    ) throws(BusError) {
        let topic = try topic(frameBytes: max(jpeg.count, Self.largestFile(width, height)))
        guard let slot = slot(of: topic, byteCount: jpeg.count) else { return }
        slot.bytes.copyMemory(from: jpeg)
        try topic.publish(
            slot, length: jpeg.count, header: stamp.header(camera: camera, sequence: topic.nextSequence), width: width,
            height: height, pixelFormat: .jpeg, planes: [], colorMatrix: .bt601, isFullRange: true)
    }

    /// A recorder may be kept waiting for its disk for so many frames, and others still receive theirs.
    private static let leases = 12
    private static let slots = 16

    /// A JPEG file of noise at the best quality takes about as much as the picture with halved chroma.
    private static func largestFile(_ width: Int, _ height: Int) -> Int { width * height * 3 / 2 }

    private func topic(frameBytes: Int) throws(BusError) -> FrameTopic {
        if let topic { return topic }
        let new = try bus.frames(
            options: FrameOptions(frameByteLimit: frameBytes, slotCount: Self.slots, leaseLimit: Self.leases))
        topic = new
        return new
    }

    /// Memory for a frame; nil when nobody wants it, or when there is none: then it is lost, which the subscribers are told
    /// with the next one.
    private func slot(of topic: FrameTopic, byteCount: Int) -> FrameSlot? {
        guard topic.hasSubscribers else { return nil }
        if byteCount <= topic.frameByteLimit, let slot = topic.acquire() { return slot }
        topic.countLost()
        lost += 1
        return nil
    }
}
