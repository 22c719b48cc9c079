import CTurboJPEG

/// Decodes JPEG pictures with libjpeg-turbo. Holds the library's state, to be used again for every picture.
///
/// Not thread-safe: one decoder per thread.
public struct JPEGDecoder: ~Copyable {
    /// What the decoded picture holds.
    public enum Output: Hashable, Sendable {
        /// The file's own luma and chroma planes, without chroma upsampling and colour conversion: least work, and what
        /// ``Preprocessor`` takes. Files of other colour spaces or rare subsampling become RGB.
        case planes
        /// Packed RGB with smooth chroma upsampling.
        case rgb
    }

    /// At which size the picture is decoded. Reduction happens in the inverse cosine transform and saves time.
    public enum Scale: Hashable, Sendable {
        case full
        case half
        case quarter
        case eighth
        /// The smallest of these that is at least as large as asked for in both directions.
        case covering(width: Int, height: Int)
    }

    /// What a JPEG's header says.
    public struct Header: Hashable, Sendable {
        public var width: Int
        public var height: Int
        var subsampling: Int32
        var colorSpace: Int32
    }

    private let handle: tjhandle

    public init() throws(ImagingError) {
        guard let handle = tjInitDecompress() else {
            throw .file(path: "libjpeg-turbo", detail: "cannot be initialised: out of memory")
        }
        self.handle = handle
    }

    deinit {
        tjDestroy(handle)
    }

    /// Reads a picture's header.
    ///
    /// - Parameter name: the file or device, for messages.
    public func header(_ bytes: UnsafeRawBufferPointer, name: String) throws(ImagingError) -> Header {
        var (width, height, subsampling, colorSpace): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
        let result = tjDecompressHeader3(
            handle, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt(bytes.count), &width, &height,
            &subsampling, &colorSpace)
        guard result == 0 else { throw .damagedImage(path: name, detail: message) }
        guard width > 0, height > 0 else {
            throw .damagedImage(path: name, detail: "the JPEG ends within its header")
        }
        try ImageLimits.check(width: Int(width), height: Int(height), context: name)
        return Header(width: Int(width), height: Int(height), subsampling: subsampling, colorSpace: colorSpace)
    }

    /// Decodes a picture. Allocates only when the buffer must grow.
    ///
    /// Damage of any kind is an error; only stray bytes between segments, which real cameras leave, are passed over.
    ///
    /// - Parameter name: the file or device, for messages.
    public func decode(
        _ bytes: UnsafeRawBufferPointer, into buffer: inout ImageBuffer, output: Output = .planes, scale: Scale = .full,
        name: String
    ) throws(ImagingError) {
        let header = try header(bytes, name: name)
        let denominator = scale.denominator(for: header)
        let width = (header.width + denominator - 1) / denominator
        let height = (header.height + denominator - 1) / denominator
        let format = output == .planes ? header.planeFormat ?? .rgb24 : .rgb24
        try buffer.reshape(
            ImageDescription(width: width, height: height, format: format, color: .jpeg, reduction: denominator))
        let flags = TJFLAG_STOPONWARNING | TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS
        if buffer.withMutableView({ decompress(bytes, into: $0, flags: flags) }) { return }
        let isHarmless =
            tjGetErrorCode(handle) == TJERR_WARNING.rawValue && message.contains("extraneous bytes before marker")
        if isHarmless, buffer.withMutableView({ decompress(bytes, into: $0, flags: flags & ~TJFLAG_STOPONWARNING) }) {
            return
        }
        if isHarmless, message.contains("extraneous bytes before marker") { return }
        throw .damagedImage(path: name, detail: message)
    }

    private func decompress(_ bytes: UnsafeRawBufferPointer, into view: MutableImageView, flags: Int32) -> Bool {
        let data = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        if view.format == .rgb24 {
            return tjDecompress2(
                handle, data, UInt(bytes.count), view.plane(0).base, Int32(view.width), Int32(view.plane(0).rowStride),
                Int32(view.height), Int32(TJPF_RGB.rawValue), flags) == 0
        }
        // Planes of a format with fewer are ignored by the library.
        var planes: (UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?) = (
            view.plane(0).base, view.plane(1).base, view.plane(2).base
        )
        var strides = (
            Int32(view.plane(0).rowStride), Int32(view.plane(1).rowStride), Int32(view.plane(2).rowStride)
        )
        return withUnsafeMutablePointer(to: &planes) { planes in
            planes.withMemoryRebound(to: UnsafeMutablePointer<UInt8>?.self, capacity: 3) { planes in
                withUnsafeMutablePointer(to: &strides) { strides in
                    strides.withMemoryRebound(to: Int32.self, capacity: 3) { strides in
                        tjDecompressToYUVPlanes(
                            handle, data, UInt(bytes.count), planes, Int32(view.width), strides, Int32(view.height),
                            flags) == 0
                    }
                }
            }
        }
    }

    private var message: String { String(cString: tjGetErrorStr2(handle)) }
}

extension JPEGDecoder.Header {
    /// The format of the file's own planes, when it is one of ours.
    var planeFormat: PixelFormat? {
        switch (UInt32(bitPattern: colorSpace), UInt32(bitPattern: subsampling)) {
        case (TJCS_GRAY.rawValue, _): .gray8
        case (TJCS_YCbCr.rawValue, TJSAMP_420.rawValue): .yuv420p
        case (TJCS_YCbCr.rawValue, TJSAMP_422.rawValue): .yuv422p
        case (TJCS_YCbCr.rawValue, TJSAMP_444.rawValue): .yuv444p
        default: nil
        }
    }
}

extension JPEGDecoder.Scale {
    func denominator(for header: JPEGDecoder.Header) -> Int {
        switch self {
        case .full: 1
        case .half: 2
        case .quarter: 4
        case .eighth: 8
        case .covering(let width, let height):
            [8, 4, 2].first {
                (header.width + $0 - 1) / $0 >= width && (header.height + $0 - 1) / $0 >= height
            } ?? 1
        }
    }
}
