/// The samples of a picture that somebody else owns: a decoder, a camera driver, an ``ImageBuffer``.
///
/// A view is only valid as long as its owner keeps the samples; it is passed down, never kept. Rows may lie further
/// apart than their samples need, also upwards (negative stride).
public struct ImageView {
    /// One plane of samples.
    public struct Plane {
        public let base: UnsafePointer<UInt8>
        /// Bytes from a row to the next.
        public let rowStride: Int

        public init(base: UnsafePointer<UInt8>, rowStride: Int) {
            self.base = base
            self.rowStride = rowStride
        }

        /// The first byte of a row. The caller keeps to the plane's rows.
        @inlinable public func row(_ index: Int) -> UnsafePointer<UInt8> { base + index * rowStride }
    }

    public let description: ImageDescription
    private let storage: (Plane, Plane, Plane)

    public var width: Int { description.width }
    public var height: Int { description.height }
    /// Size of the picture as it was captured, see ``ImageDescription/reduction``.
    public var capturedWidth: Int { description.width * description.reduction }
    public var capturedHeight: Int { description.height * description.reduction }
    public var format: PixelFormat { description.format }
    public var color: ColorDescription { description.color }

    /// A view of a picture with the given planes; absent planes repeat the first.
    ///
    /// - Precondition: every plane has the rows and row bytes that the format says.
    public init(_ description: ImageDescription, _ first: Plane, _ second: Plane? = nil, _ third: Plane? = nil) {
        precondition(
            description.format.planeCount == 1 + (second == nil ? 0 : 1) + (third == nil ? 0 : 1),
            "\(description.format) has \(description.format.planeCount) planes")
        self.description = description
        storage = (first, second ?? first, third ?? first)
    }

    /// The plane of that index.
    @inline(__always)
    public func plane(_ index: Int) -> Plane {
        switch index {
        case 0: storage.0
        case 1: storage.1
        default: storage.2
        }
    }
}
