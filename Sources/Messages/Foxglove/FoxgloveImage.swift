/// `foxglove.CompressedImage` around the bytes of a picture, which are put in place by the caller: a picture is copied once,
/// from where it lies into the recording.
public struct FoxgloveImage: ~Copyable {
    /// What stands before and behind the picture's bytes.
    private let edges: UnsafeMutableRawBufferPointer
    private let headCount: Int
    private let tailCount: Int
    private let imageCount: Int

    /// - Parameters:
    ///   - timestamp: when the picture was captured, nanoseconds since 1970.
    ///   - frame: the camera's coordinate frame.
    ///   - format: `jpeg`, `png`.
    ///   - byteCount: of the picture.
    public init(timestamp: Int64, frame: String, format: String, byteCount: Int) {
        edges = .allocate(byteCount: 64 + frame.utf8.count + format.utf8.count, alignment: 8)
        var writer = ProtobufWriter(edges)
        writer.time(1, max(0, timestamp))
        writer.bytesHead(2, count: byteCount)
        headCount = writer.count
        writer.string(3, format)
        writer.string(4, frame)
        tailCount = writer.count - headCount
        imageCount = byteCount
    }

    deinit {
        edges.deallocate()
    }

    /// Bytes of the whole message.
    public var byteCount: Int { headCount + imageCount + tailCount }

    /// Writes the message into memory of ``byteCount`` bytes.
    public func write(_ image: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer) {
        precondition(room.count == byteCount && image.count == imageCount)
        func part(_ range: Range<Int>) -> UnsafeMutableRawBufferPointer {
            UnsafeMutableRawBufferPointer(rebasing: room[range])
        }
        part(0..<headCount).copyMemory(from: UnsafeRawBufferPointer(rebasing: edges[0..<headCount]))
        part(headCount..<headCount + imageCount).copyMemory(from: image)
        part(headCount + imageCount..<byteCount).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: edges[headCount..<headCount + tailCount]))
    }
}
