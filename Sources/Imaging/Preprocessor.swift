import CKernels
import Tensors

/// Turns frames into a network's input: colour, size, letterbox and quantisation in one pass over the decoder's planes.
///
/// Planned once for a kind of frame; after that a run allocates nothing and makes no intermediate picture: each target
/// row is blended from the source rows it needs, resampled, converted to R'G'B' and stored, all in buffers that stay in
/// the first cache level. Resampling luma and chroma before the colour conversion does the conversion for target pixels
/// only; it differs from resampling R'G'B' by rounding and at clamped colours.
///
/// Threads may share one preprocessor, each with a worker index of its own and rows of its own.
public final class Preprocessor: @unchecked Sendable {
    // `@unchecked Sendable`: everything is immutable but the workspace, whose rows belong to one worker index each; that
    // no two threads use one index at a time is `run`'s documented condition.

    /// The frames that this preprocessor takes.
    public let source: ImageDescription
    public let picture: NetworkPicture
    public let layout: InputLayout
    /// Where the frame lies on the network's input.
    public let transform: LetterboxTransform
    /// How many threads may run at the same time.
    public let workers: Int

    let plan: PreprocessorPlan
    let workspace: PreprocessorWorkspace
    let kernels: sightline_preprocess_kernels
    let quantizer: PixelQuantizer

    /// Plans the conversion.
    ///
    /// - Parameters:
    ///   - source: size, format and colours of the frames.
    ///   - picture: what the network was trained on.
    ///   - layout: how its input lies in memory.
    ///   - workers: how many threads will run slices of a frame at the same time.
    ///   - instructionSet: "avx512", "avx2" or "portable"; nil for the best, or what `SIGHTLINE_ISA` says.
    public init(
        source: ImageDescription, picture: NetworkPicture, layout: InputLayout, workers: Int = 1,
        instructionSet: String? = nil
    ) throws(ImagingError) {
        try ImageLimits.check(width: source.width, height: source.height, context: "frame")
        try ImageLimits.check(width: picture.width, height: picture.height, context: "network input")
        guard 1...1024 ~= workers else {
            throw .invalidParameter(name: "workers", detail: "\(workers) is outside 1...1024")
        }
        try Self.check(layout, width: picture.width)
        self.source = source
        self.picture = picture
        self.layout = layout
        self.workers = workers
        kernels = try Self.kernels(named: instructionSet)
        transform = LetterboxTransform(
            frameWidth: source.width, frameHeight: source.height, networkWidth: picture.width,
            networkHeight: picture.height, letterbox: picture.letterbox)
        switch layout {
        case .interleaved(_, _, let parameters), .planar(let parameters):
            quantizer = try PixelQuantizer(picture: picture, parameters: parameters)
        case .planarFloat, .interleavedFloat:
            quantizer = PixelQuantizer()
        }
        let table = quantizer.table
        let padding = Int(picture.padding)
        plan = PreprocessorPlan(source: source, picture: picture, transform: transform)
        workspace = PreprocessorWorkspace(
            plan: plan, scaledWidth: transform.scaledWidth, networkWidth: picture.width, workers: workers,
            border: (0..<3).map { table[$0 * 256 + padding] })
    }

    /// Bytes that a run writes at most, from the destination's start.
    public var destinationByteCount: Int { layout.byteCount(width: picture.width, height: picture.height) }

    /// The kernels' instruction set.
    public var instructionSet: String { String(cString: kernels.name) }

    /// Converts a frame, or some rows of the network's input.
    ///
    /// Does not allocate. Slices may run on several threads at the same time if each has a worker index of its own.
    ///
    /// - Parameters:
    ///   - view: the frame.
    ///   - rows: rows of the network's input to make; nil for all.
    ///   - destination: the network's input from its first row on, whatever the rows asked for.
    ///   - worker: whose row buffers to use, below ``workers``.
    public func run(
        _ view: ImageView, rows: Range<Int>? = nil, into destination: UnsafeMutableRawBufferPointer, worker: Int = 0
    ) throws(ImagingError) {
        guard view.description == source else {
            throw .unexpectedImage(expected: source, found: view.description)
        }
        guard let base = destination.baseAddress, destination.count >= destinationByteCount else {
            throw .destinationTooSmall(needed: destinationByteCount, available: destination.count)
        }
        guard 0..<workers ~= worker else {
            throw .invalidParameter(name: "worker", detail: "\(worker) is outside 0..<\(workers)")
        }
        let rows = (rows ?? 0..<picture.height).clamped(to: 0..<picture.height)
        for row in rows { convert(row: row, of: view, to: base, worker: worker) }
    }

    private static func kernels(named name: String?) throws(ImagingError) -> sightline_preprocess_kernels {
        guard let table = name.map({ sightline_preprocess_named($0) }) ?? sightline_preprocess_selected() else {
            throw .invalidParameter(
                name: "instruction set", detail: "'\(name ?? "")' is unknown, or this processor does not have it")
        }
        return table.pointee
    }

    private static func check(_ layout: InputLayout, width: Int) throws(ImagingError) {
        guard case .interleaved(let rowStride, let pixelStride, _) = layout else { return }
        guard 3...4096 ~= pixelStride else {
            throw .invalidParameter(name: "pixel stride", detail: "\(pixelStride) is outside 3...4096")
        }
        guard rowStride >= width * pixelStride, rowStride <= 1 << 30 else {
            throw .invalidParameter(
                name: "row stride", detail: "\(rowStride) does not hold \(width) pixels of \(pixelStride) bytes")
        }
    }
}
