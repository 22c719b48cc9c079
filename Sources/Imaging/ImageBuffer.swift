/// A picture that owns its samples. Planes start on 64-byte boundaries and rows are padded to multiples of 64 bytes.
///
/// A buffer can be described anew within its capacity, so that one buffer serves frames of changing size without being
/// allocated again.
public struct ImageBuffer: ~Copyable, @unchecked Sendable {
    // `@unchecked Sendable`: the buffer is the only owner of its bytes, and being noncopyable it is in one place at a time.

    static let alignment = 64

    public private(set) var description: ImageDescription
    private var bytes: UnsafeMutableRawBufferPointer

    public var width: Int { description.width }
    public var height: Int { description.height }
    public var format: PixelFormat { description.format }
    public var color: ColorDescription { description.color }

    /// A black picture in RGB formats, a green one in YUV formats: all samples are zero.
    public init(_ description: ImageDescription) throws(ImagingError) {
        try ImageLimits.check(width: description.width, height: description.height, context: "picture buffer")
        self.description = description
        let count = Self.byteCount(description)
        bytes = .allocate(byteCount: count, alignment: Self.alignment)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }

    /// A copy of a picture.
    public init(copying view: ImageView) throws(ImagingError) {
        try self.init(view.description)
        withMutableView { $0.copySamples(of: view) }
    }

    deinit {
        bytes.deallocate()
    }

    /// Makes this a picture of another size or format. Allocates only when it grows; samples are undefined afterwards.
    public mutating func reshape(_ description: ImageDescription) throws(ImagingError) {
        guard description != self.description else { return }
        try ImageLimits.check(width: description.width, height: description.height, context: "picture buffer")
        let count = Self.byteCount(description)
        if count > bytes.count {
            bytes.deallocate()
            bytes = .allocate(byteCount: count, alignment: Self.alignment)
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
        }
        self.description = description
    }

    /// Copies a picture into this buffer, taking over its description. Allocates only when the buffer must grow.
    public mutating func copy(_ view: ImageView) throws(ImagingError) {
        try reshape(view.description)
        withMutableView { $0.copySamples(of: view) }
    }

    /// Calls `body` with the picture, which is valid during the call.
    public borrowing func withView<Result, Failure: Error>(
        _ body: (ImageView) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(unsafeMutableView.readOnly)
    }

    /// Calls `body` with the picture, to be changed in place; the view is valid during the call.
    public mutating func withMutableView<Result, Failure: Error>(
        _ body: (MutableImageView) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(unsafeMutableView)
    }

    /// The picture, valid until the buffer is reshaped or ends its life: the caller must keep it alive.
    public var unsafeView: ImageView { unsafeMutableView.readOnly }

    private var unsafeMutableView: MutableImageView {
        var offset = 0
        func next(_ plane: Int) -> MutableImageView.Plane? {
            guard plane < format.planeCount else { return nil }
            let stride = Self.rowStride(description, plane: plane)
            // The allocation is never empty, so its base address exists.
            let base = bytes.baseAddress.unsafelyUnwrapped + offset
            offset += stride * Self.allocatedRows(description, plane: plane)
            return .init(base: base.assumingMemoryBound(to: UInt8.self), rowStride: stride)
        }
        return MutableImageView(description, next(0).unsafelyUnwrapped, next(1), next(2))
    }
}

extension ImageBuffer {
    private static func rowStride(_ description: ImageDescription, plane: Int) -> Int {
        // An even width more than asked for, because JPEG decoders write whole chroma blocks.
        let width = (description.width + 1) & ~1
        return (description.format.rowByteCount(plane: plane, width: width) + alignment - 1) & ~(alignment - 1)
    }

    private static func allocatedRows(_ description: ImageDescription, plane: Int) -> Int {
        description.format.rowCount(plane: plane, height: (description.height + 1) & ~1)
    }

    private static func byteCount(_ description: ImageDescription) -> Int {
        (0..<description.format.planeCount).reduce(0) { sum, plane in
            sum + rowStride(description, plane: plane) * allocatedRows(description, plane: plane)
        }
    }
}
