import CTurboJPEG

/// Encodes JPEG pictures with libjpeg-turbo. Holds the library's state and output memory, to be used again.
///
/// Not thread-safe: one encoder per thread.
public struct JPEGEncoder: ~Copyable {
    private let handle: tjhandle
    private var output: UnsafeMutablePointer<UInt8>?
    private var capacity: UInt = 0

    public init() throws(ImagingError) {
        guard let handle = tjInitCompress() else {
            throw .file(path: "libjpeg-turbo", detail: "cannot be initialised: out of memory")
        }
        self.handle = handle
    }

    deinit {
        tjFree(output)
        tjDestroy(handle)
    }

    /// Encodes a picture and gives its bytes to `body`.
    ///
    /// YUV planes are stored as they are, without another colour conversion; JPEG readers take them for full-range
    /// BT.601, so other colours must be converted before (``ImageConverter``).
    ///
    /// - Parameters:
    ///   - quality: 1 (smallest) to 100.
    ///   - name: the file or purpose, for messages.
    public mutating func encode<Result>(
        _ view: ImageView, quality: Int = 90, name: String,
        _ body: (UnsafeRawBufferPointer) throws(ImagingError) -> Result
    ) throws(ImagingError) -> Result {
        guard 1...100 ~= quality else {
            throw .invalidParameter(name: "JPEG quality", detail: "\(quality) is outside 1...100")
        }
        var size = capacity
        guard try compress(view, quality: Int32(quality), size: &size, name: name) == 0 else {
            throw .encodingFailed(path: name, detail: String(cString: tjGetErrorStr2(handle)))
        }
        capacity = max(capacity, size)
        return try body(UnsafeRawBufferPointer(start: output, count: Int(size)))
    }

    private mutating func compress(
        _ view: ImageView, quality: Int32, size: inout UInt, name: String
    ) throws(ImagingError) -> Int32 {
        func packed(_ format: TJPF) -> Int32 {
            tjCompress2(
                handle, view.plane(0).base, Int32(view.width), Int32(view.plane(0).rowStride), Int32(view.height),
                format.rawValue, &output, &size, Int32(TJSAMP_420.rawValue), quality, 0)
        }
        func planar(_ subsampling: TJSAMP) -> Int32 {
            var planes: (UnsafePointer<UInt8>?, UnsafePointer<UInt8>?, UnsafePointer<UInt8>?) = (
                view.plane(0).base, view.plane(1).base, view.plane(2).base
            )
            var strides = (
                Int32(view.plane(0).rowStride), Int32(view.plane(1).rowStride), Int32(view.plane(2).rowStride)
            )
            return withUnsafeMutablePointer(to: &planes) { planes in
                planes.withMemoryRebound(to: UnsafePointer<UInt8>?.self, capacity: 3) { planes in
                    withUnsafeMutablePointer(to: &strides) { strides in
                        strides.withMemoryRebound(to: Int32.self, capacity: 3) { strides in
                            tjCompressFromYUVPlanes(
                                handle, planes, Int32(view.width), strides, Int32(view.height),
                                Int32(subsampling.rawValue), &output, &size, quality, 0)
                        }
                    }
                }
            }
        }
        switch view.format {
        case .rgb24: return packed(TJPF_RGB)
        case .bgr24: return packed(TJPF_BGR)
        case .rgba: return packed(TJPF_RGBX)
        case .bgra: return packed(TJPF_BGRX)
        case .gray8: return planar(TJSAMP_GRAY)
        case .yuv444p: return planar(TJSAMP_444)
        // Subsampled planes of odd sizes lack the padding that the library reads.
        case .yuv422p where view.width % 2 == 0: return planar(TJSAMP_422)
        case .yuv420p where view.width % 2 == 0 && view.height % 2 == 0: return planar(TJSAMP_420)
        default:
            throw .unsupportedFormat(view.format, context: "\(name): encoding a JPEG of \(view.width)x\(view.height)")
        }
    }
}
