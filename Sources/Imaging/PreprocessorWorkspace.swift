/// Row buffers of all workers, and rows that never change: one allocation, made when the run is planned.
final class PreprocessorWorkspace {
    private let bytes: UnsafeMutableRawBufferPointer
    private let bytesPerWorker: Int
    private let planeOffsets: [Int]
    private let componentOffsets: [Int]
    private let resampledStride: Int
    private let resampledOffset: Int
    private let pixelOffset: Int
    private let pixelStride: Int
    private let neutralOffset: Int
    private let borderOffset: Int

    /// Elements behind a row's last one that kernels may touch (`SIGHTLINE_ROW_PADDING`).
    private static let padding = 64

    /// - Parameter border: the 8-bit values of a pixel outside the frame, in the network's channel order.
    init(plan: PreprocessorPlan, scaledWidth: Int, networkWidth: Int, workers: Int, border: [UInt8]) {
        func aligned(_ count: Int) -> Int { (count + 63) & ~63 }
        func wordRow(_ count: Int) -> Int { aligned((count + Self.padding) * 2) }
        var next = 0
        func reserve(_ byteCount: Int) -> Int {
            defer { next += byteCount }
            return next
        }
        planeOffsets = plan.planes.map { reserve(wordRow($0.rowByteCount)) }
        componentOffsets = plan.components.map { reserve(wordRow($0.sampleCount)) }
        resampledStride = wordRow(scaledWidth)
        resampledOffset = reserve(3 * resampledStride)
        pixelStride = aligned(max(scaledWidth, networkWidth) + Self.padding)
        pixelOffset = reserve(3 * pixelStride)
        bytesPerWorker = next
        next *= workers
        neutralOffset = reserve(wordRow(scaledWidth))
        borderOffset = reserve(3 * pixelStride)
        bytes = .allocate(byteCount: next, alignment: 64)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        neutral.update(repeating: 16384, count: scaledWidth + Self.padding)
        for (channel, value) in border.enumerated() {
            borderRow(channel).update(repeating: value, count: networkWidth)
        }
    }

    deinit {
        bytes.deallocate()
    }

    /// A chroma row without colour, for grey pictures.
    var neutral: UnsafeMutablePointer<Int16> { words(neutralOffset) }

    /// A row of pixels outside the frame.
    func borderRow(_ channel: Int) -> UnsafeMutablePointer<UInt8> {
        pointer(borderOffset + channel * pixelStride).assumingMemoryBound(to: UInt8.self)
    }

    /// A plane's row, blended vertically.
    func planeRow(_ plane: Int, worker: Int) -> UnsafeMutablePointer<Int16> {
        words(worker * bytesPerWorker + planeOffsets[plane])
    }

    /// A component's samples, side by side.
    func componentRow(_ component: Int, worker: Int) -> UnsafeMutablePointer<Int16> {
        words(worker * bytesPerWorker + componentOffsets[component])
    }

    /// A component's row at the scaled width.
    func resampledRow(_ component: Int, worker: Int) -> UnsafeMutablePointer<Int16> {
        words(worker * bytesPerWorker + resampledOffset + component * resampledStride)
    }

    /// A colour channel's finished bytes.
    func pixelRow(_ channel: Int, worker: Int) -> UnsafeMutablePointer<UInt8> {
        pointer(worker * bytesPerWorker + pixelOffset + channel * pixelStride).assumingMemoryBound(to: UInt8.self)
    }

    private func words(_ offset: Int) -> UnsafeMutablePointer<Int16> {
        pointer(offset).assumingMemoryBound(to: Int16.self)
    }

    // The allocation is never empty and every offset was reserved above.
    private func pointer(_ offset: Int) -> UnsafeMutableRawPointer { bytes.baseAddress.unsafelyUnwrapped + offset }
}
