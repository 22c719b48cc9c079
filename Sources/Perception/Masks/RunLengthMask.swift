/// A mask of labels as runs: pixels row by row from the top left, and a run goes on from one row's end to the next row's
/// beginning.
///
/// Run i has `lengths[i]` pixels of `labels[i]`. Neighbouring runs differ in their labels, no run is empty, and the
/// lengths add up to `width * height`. A road mask of 640x384 pixels takes some 1000 runs.
public struct RunLengthMask: Sendable, Hashable {
    public private(set) var width = 0
    public private(set) var height = 0
    public private(set) var labels: [UInt8] = []
    public private(set) var lengths: [UInt32] = []

    /// An empty mask with room for runs, so that encoding up to so many allocates nothing.
    public init(runCapacity: Int = 0) {
        labels.reserveCapacity(runCapacity)
        lengths.reserveCapacity(runCapacity)
    }

    /// Runs as they came from elsewhere.
    ///
    /// - Throws: ``PerceptionError/invalidRunLengths(detail:)`` unless they describe a mask of this size.
    public init(width: Int, height: Int, labels: [UInt8], lengths: [UInt32]) throws(PerceptionError) {
        guard (0...(1 << 16)).contains(width), (0...(1 << 16)).contains(height) else {
            throw .invalidRunLengths(detail: "a mask of \(width)x\(height) pixels")
        }
        guard labels.count == lengths.count else {
            throw .invalidRunLengths(detail: "\(labels.count) labels for \(lengths.count) runs")
        }
        let pixels = width * height
        var total = 0
        for (index, length) in lengths.enumerated() {
            guard length > 0 else { throw .invalidRunLengths(detail: "run \(index) is empty") }
            guard index == 0 || labels[index] != labels[index - 1] else {
                throw .invalidRunLengths(detail: "runs \(index - 1) and \(index) have the same label")
            }
            total += Int(length)
            guard total <= pixels else {
                throw .invalidRunLengths(detail: "run \(index) ends beyond the \(pixels) pixels of \(width)x\(height)")
            }
        }
        guard total == pixels else {
            throw .invalidRunLengths(detail: "\(total) pixels in runs, but \(width)x\(height) has \(pixels)")
        }
        self.width = width
        self.height = height
        self.labels = labels
        self.lengths = lengths
    }

    /// Replaces the mask by the runs of these pixels. Allocates only when there are more runs than ever before.
    ///
    /// - Precondition: `pixels.count == width * height`, each side up to 65536.
    /// - Complexity: linear in the pixels, eight at a time within runs.
    public mutating func encode(_ pixels: UnsafeBufferPointer<UInt8>, width: Int, height: Int) {
        precondition(pixels.count == width * height, "\(pixels.count) pixels do not fill \(width)x\(height)")
        encode(pixels, rowLength: width, rectangle: PixelRectangle(x: 0, y: 0, width: width, height: height))
    }

    /// Replaces the mask by the runs of a rectangle of these pixels, such as the part of a letterbox that shows the picture.
    ///
    /// - Parameter rowLength: pixels from one row to the next.
    /// - Precondition: the rectangle lies inside the pixels, each side up to 65536.
    public mutating func encode(
        _ pixels: UnsafeBufferPointer<UInt8>, rowLength: Int, rectangle: PixelRectangle
    ) {
        width = rectangle.width
        height = rectangle.height
        precondition(width >= 0 && height >= 0 && width <= 1 << 16 && height <= 1 << 16)
        labels.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        guard width > 0, height > 0 else { return }
        precondition(rectangle.x >= 0 && rectangle.y >= 0 && rectangle.x + width <= rowLength)
        precondition((rectangle.y + height - 1) * rowLength + rectangle.x + width <= pixels.count)
        for row in rectangle.y..<(rectangle.y + height) {
            let start = row * rowLength + rectangle.x
            append(UnsafeBufferPointer(rebasing: pixels[start..<start + width]))
        }
    }

    /// Adds the runs of one row; the first goes on with the last of the row before.
    private mutating func append(_ row: UnsafeBufferPointer<UInt8>) {
        guard let base = row.baseAddress else { return }
        let bytes = UnsafeRawPointer(base)
        var start = 0
        while start < row.count {
            let label = base[start]
            let eight = UInt64(label) &* 0x0101_0101_0101_0101
            var end = start &+ 1
            while end &+ 8 <= row.count, bytes.loadUnaligned(fromByteOffset: end, as: UInt64.self) == eight {
                end &+= 8
            }
            while end < row.count, base[end] == label { end &+= 1 }
            let length = UInt32(truncatingIfNeeded: end &- start)
            if labels.last == label {
                lengths[lengths.count - 1] &+= length
            } else {
                labels.append(label)
                lengths.append(length)
            }
            start = end
        }
    }

    /// Writes the mask's pixels.
    ///
    /// - Precondition: `pixels.count == width * height`.
    public func decode(into pixels: UnsafeMutableBufferPointer<UInt8>) {
        precondition(pixels.count == width * height, "\(pixels.count) bytes for \(width)x\(height) pixels")
        guard let base = pixels.baseAddress else { return }
        var start = 0
        for index in lengths.indices {
            (base + start).update(repeating: labels[index], count: Int(lengths[index]))
            start += Int(lengths[index])
        }
    }

    /// The mask's pixels.
    public var pixels: [UInt8] {
        var result = [UInt8](repeating: 0, count: width * height)
        result.withUnsafeMutableBufferPointer { decode(into: $0) }
        return result
    }
}
