/// Mixes a mask for each detection from a network's prototypes (Bolya et al., YOLACT, 2019).
///
/// A cell belongs to an object where the sum of the prototypes, weighted with the object's coefficients, is positive, which
/// is where its sigmoid exceeds one half; cells outside the object's box do not. As in Ultralytics' decoding, a cell
/// counts as inside by its left and upper edge.
public struct InstanceMaskDecoder: ~Copyable {
    public let head: DetectionHead
    private let prototypes: DetectionHead.Prototypes
    private let tensorLayout: DetectionOptions.TensorLayout
    private let grid: GridTable
    private let coefficients: UnsafeMutablePointer<Float>
    private let row: UnsafeMutablePointer<Float>
    private let outputNames: [String]
    private let outputSizes: [Int]

    /// - Parameter options: those that the detections were decoded with.
    /// - Throws: ``PerceptionError/invalidHead(detail:)`` for a head without prototypes.
    public init(_ head: DetectionHead, options: DetectionOptions = .init()) throws(PerceptionError) {
        try head.validate()
        guard let prototypes = head.prototypes else {
            throw .invalidHead(detail: "no prototypes to mix masks from")
        }
        self.head = head
        self.prototypes = prototypes
        tensorLayout = options.tensorLayout
        grid = GridTable(head.scales)
        outputNames = head.outputNames
        outputSizes = head.outputSizes
        coefficients = .allocate(capacity: prototypes.count)
        row = .allocate(capacity: prototypes.width)
    }

    deinit {
        coefficients.deallocate()
        row.deallocate()
    }

    /// Decodes the masks of a frame's detections.
    ///
    /// - Parameters:
    ///   - outputs: as ``DetectionDecoder/decode(_:into:)`` took them; prototypes are channels first in any case.
    ///   - detections: with boxes in network pixels.
    ///   - masks: is emptied, then gets one mask for each detection, up to its capacity.
    /// - Throws: ``PerceptionError/outputMismatch(name:expected:actual:)``.
    /// - Complexity: the boxes' areas in cells, times the number of prototypes.
    public mutating func decode(
        _ outputs: NetworkOutputs, detections: borrowing DetectionList, into masks: inout InstanceMaskList
    ) throws(PerceptionError) {
        for index in 0..<outputSizes.count where outputs[index].count != outputSizes[index] {
            throw .outputMismatch(
                name: outputNames[index], expected: outputSizes[index], actual: outputs[index].count)
        }
        masks.count = 0
        masks.byteCount = 0
        guard let planes = outputs[outputSizes.count - 1].baseAddress else { return }
        for index in 0..<min(detections.count, masks.capacity) {
            let detection = detections[index]
            guard (0..<head.candidateCount).contains(detection.candidateIndex) else {
                throw .outputMismatch(
                    name: outputNames[0], expected: head.candidateCount, actual: detection.candidateIndex)
            }
            readCoefficients(of: detection.candidateIndex, in: outputs)
            mix(planes, box: detection.box, into: &masks)
        }
    }

    private func readCoefficients(of anchor: Int, in outputs: NetworkOutputs) {
        var source = outputs[0]
        var first = 0
        var step = 1
        switch head.layout {
        case .channelMajor:
            first = (4 + head.classCount) * head.candidateCount + anchor
            step = head.candidateCount
        case .anchorMajor, .grid:
            first = anchor * (5 + head.classCount + prototypes.count) + 5 + head.classCount
        case .endToEnd:
            first = anchor * (6 + prototypes.count) + 6
        case .distributions:
            let cell = grid.cell(of: anchor)
            source = outputs[cell.scale * 3 + 2]
            let isPacked = tensorLayout == .channelsLast
            first = isPacked ? cell.index * prototypes.count : cell.index
            step = isPacked ? 1 : head.scales[cell.scale].cellCount
        }
        for index in 0..<prototypes.count { (coefficients + index).initialize(to: source[first + index * step]) }
    }

    private func mix(_ planes: UnsafePointer<Float>, box: BoundingBox, into masks: inout InstanceMaskList) {
        let left = Self.edge(box.x1 / masks.cellWidth, limit: prototypes.width)
        let right = max(Self.edge(box.x2 / masks.cellWidth, limit: prototypes.width), left)
        let top = Self.edge(box.y1 / masks.cellHeight, limit: prototypes.height)
        let bottom = max(Self.edge(box.y2 / masks.cellHeight, limit: prototypes.height), top)
        let mask = InstanceMaskList.Mask(
            x: left, y: top, width: right - left, height: bottom - top, firstByte: masks.byteCount)
        let planeSize = prototypes.width * prototypes.height
        for line in 0..<mask.height {
            row.update(repeating: 0, count: mask.width)
            for plane in 0..<prototypes.count {
                let weight = coefficients[plane]
                let values = planes + (plane &* planeSize &+ (top &+ line) &* prototypes.width &+ left)
                for column in 0..<mask.width { row[column] += weight * values[column] }
            }
            pack(mask.width, into: masks.bytes + (mask.firstByte + line * mask.bytesPerRow))
        }
        (masks.masks + masks.count).initialize(to: mask)
        masks.byteCount += mask.bytesPerRow * mask.height
        masks.count += 1
    }

    /// The first cell whose number is not below the coordinate.
    private static func edge(_ coordinate: Float, limit: Int) -> Int {
        guard coordinate > 0 else { return 0 }
        return coordinate < Float(limit) ? Int(coordinate.rounded(.up)) : limit
    }

    private func pack(_ width: Int, into bytes: UnsafeMutablePointer<UInt8>) {
        var column = 0
        while column < width {
            var byte: UInt8 = 0
            for bit in 0..<min(8, width - column) where row[column + bit] > 0 { byte |= 0x80 >> UInt8(bit) }
            (bytes + column / 8).initialize(to: byte)
            column += 8
        }
    }
}
