import Imaging
import Platform

/// A frame of a camera: the driver's own buffer, read in place, or what was decoded from it.
///
/// A frame is made empty and filled by ``Camera/next(into:timeoutNanoseconds:)`` again and again; filling it gives its
/// buffer back to the driver. It stays readable whatever becomes of the camera.
public struct CameraFrame: ~Copyable, @unchecked Sendable {
    // `@unchecked Sendable`: noncopyable, so in one place at a time; the buffers that it refers to are only read.

    /// The driver's frame number.
    public internal(set) var sequence: UInt32 = 0
    public internal(set) var time = CaptureTime(moment: .init(nanoseconds: 0), origin: .arrival, event: .endOfFrame)
    /// When the frame was taken from the driver.
    public internal(set) var arrival = MonotonicTime(nanoseconds: 0)
    /// Size of the picture as captured; the decoded one may be a half, a quarter or an eighth of it.
    public internal(set) var capturedWidth = 0
    public internal(set) var capturedHeight = 0

    enum Content {
        case none
        case driver(ActiveFormat)
        case decoded
        case converted(ActiveFormat)
    }

    var content = Content.none
    var buffers: DriverBuffers?
    var index = 0
    var byteCount = 0
    var isCompressed = false
    var picture = ImageBuffer()
    var converted: OwnedBytes?
    /// The compressed file, where the driver wants its buffer back at once; the first `keptCount` bytes of `kept`.
    var kept: OwnedBytes?
    var keptCount = 0

    public init() {}

    /// The picture, valid until the frame is filled again or ends its life: the caller must keep it alive.
    public var unsafeView: ImageView? {
        switch content {
        case .none: nil
        case .driver(let format): unsafeBytes.flatMap { format.view($0) }
        case .decoded: picture.unsafeView
        case .converted(let format): converted.flatMap { format.view($0.bytes) }
        }
    }

    /// Calls `body` with the picture, valid during the call. Nil while the frame is empty.
    public borrowing func withView<Result: ~Copyable, Failure: Error>(
        _ body: (ImageView) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard let view = unsafeView else { return nil }
        return try body(view)
    }

    /// The bytes as the camera sent them, valid as long as ``unsafeView``.
    public var unsafeBytes: UnsafeRawBufferPointer? {
        if let buffers { return UnsafeRawBufferPointer(rebasing: buffers.bytes(index).prefix(byteCount)) }
        guard keptCount > 0, let kept else { return nil }
        return UnsafeRawBufferPointer(rebasing: kept.bytes.prefix(keptCount))
    }

    /// The JPEG file that a motion-JPEG camera sent, to be recorded without encoding again; valid as long as ``unsafeView``.
    public var unsafeJPEG: UnsafeRawBufferPointer? { isCompressed ? unsafeBytes : nil }
}

/// A frame's own memory: for what libv4lconvert has converted, and for a file whose buffer went back to the driver.
final class OwnedBytes {
    private let memory: AlignedMemory

    init(byteCount: Int) throws(PlatformError) {
        memory = try AlignedMemory(byteCount: byteCount)
    }

    var byteCount: Int { memory.byteCount }
    var mutableBytes: UnsafeMutableRawBufferPointer { memory.unsafeBytes }
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(memory.unsafeBytes) }
}
