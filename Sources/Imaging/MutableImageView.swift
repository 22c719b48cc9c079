/// A picture's samples, to be written in place; otherwise as ``ImageView``.
public struct MutableImageView {
    /// One plane of samples.
    public struct Plane {
        public let base: UnsafeMutablePointer<UInt8>
        /// Bytes from a row to the next.
        public let rowStride: Int

        public init(base: UnsafeMutablePointer<UInt8>, rowStride: Int) {
            self.base = base
            self.rowStride = rowStride
        }

        /// The first byte of a row. The caller keeps to the plane's rows.
        @inlinable public func row(_ index: Int) -> UnsafeMutablePointer<UInt8> { base + index * rowStride }
    }

    public let description: ImageDescription
    private let storage: (Plane, Plane, Plane)

    public var width: Int { description.width }
    public var height: Int { description.height }
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

    /// The same samples, to be read.
    public var readOnly: ImageView {
        func convert(_ plane: Plane) -> ImageView.Plane { .init(base: plane.base, rowStride: plane.rowStride) }
        let count = format.planeCount
        return ImageView(
            description, convert(storage.0), count > 1 ? convert(storage.1) : nil, count > 2 ? convert(storage.2) : nil)
    }

    /// Copies all samples of a picture of the same size and format.
    ///
    /// - Precondition: size and format are equal.
    public func copySamples(of view: ImageView) {
        precondition(view.width == width && view.height == height && view.format == format)
        for index in 0..<format.planeCount {
            let source = view.plane(index)
            let target = plane(index)
            let bytes = format.rowByteCount(plane: index, width: width)
            for row in 0..<format.rowCount(plane: index, height: height) {
                target.row(row).update(from: source.row(row), count: bytes)
            }
        }
    }
}
