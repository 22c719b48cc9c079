/// Turns a road network's outputs into drivable area, lane lines and free space.
///
/// Planned once for a head; ``decode(_:content:mapping:into:)`` then allocates nothing.
public struct RoadDecoder: ~Copyable {
    public let head: RoadHead
    public let options: RoadOptions

    /// The network values that ``decode(_:content:mapping:into:)`` takes, in order.
    public let outputNames: [String]

    private let segmentation: SegmentationHead?
    private let flags: UnsafeMutablePointer<UInt8>
    private var tracer: LaneTracer

    /// - Throws: ``PerceptionError/invalidHead(detail:)``, ``PerceptionError/invalidOption(name:detail:)``.
    public init(_ head: RoadHead, options: RoadOptions = .init()) throws(PerceptionError) {
        try head.validate()
        try options.validate()
        self.head = head
        self.options = options
        outputNames = head.outputNames
        flags = .allocate(capacity: 256)
        flags.initialize(repeating: 0, count: 256)
        if case .classes(let segmentation, let drivable, let lanes) = head.source {
            self.segmentation = segmentation
            for label in drivable { flags[label] |= RoadScene.drivableBit }
            for label in lanes { flags[label] |= RoadScene.drivableBit | RoadScene.laneBit }
        } else {
            segmentation = nil
        }
        tracer = LaneTracer(width: head.width, height: head.height)
    }

    deinit {
        flags.deallocate()
    }

    /// Decodes one frame.
    ///
    /// - Parameters:
    ///   - outputs: the values named by ``outputNames``, in that order, as ONNX orders elements.
    ///   - content: the part of the network's input that shows the picture, in network pixels.
    ///   - mapping: from network pixels to the captured frame.
    ///   - scene: made for the same head and options.
    /// - Throws: ``PerceptionError/outputMismatch(name:expected:actual:)``.
    /// - Complexity: linear in the maps' elements.
    public mutating func decode(
        _ outputs: NetworkOutputs, content: PixelRectangle, mapping: FrameMapping, into scene: inout RoadScene
    ) throws(PerceptionError) {
        guard scene.width == head.width, scene.height == head.height, let mask = scene.mask.baseAddress else {
            throw .outputMismatch(
                name: "road scene", expected: head.width * head.height, actual: scene.width * scene.height)
        }
        try decodeMask(outputs, into: mask)
        scene.content = maskRectangle(of: content)
        let fromMask = maskMapping(mapping)
        measureShare(&scene)
        readFreeSpace(&scene, mapping: fromMask)
        tracer.trace(&scene, options: options, mapping: fromMask)
    }

    private func decodeMask(
        _ outputs: NetworkOutputs, into mask: UnsafeMutablePointer<UInt8>
    ) throws(PerceptionError) {
        let count = head.width * head.height
        if let segmentation {
            let decoder = try SegmentationDecoder(segmentation)
            try decoder.decode(outputs, into: UnsafeMutableBufferPointer(start: mask, count: count))
            MaskScan.translate(mask, count: count, by: flags)
            return
        }
        guard outputs[0].count == 2 * count, let drivable = outputs[0].baseAddress else {
            throw .outputMismatch(name: outputNames[0], expected: 2 * count, actual: outputs[0].count)
        }
        guard outputs[1].count == 2 * count, let lanes = outputs[1].baseAddress else {
            throw .outputMismatch(name: outputNames[1], expected: 2 * count, actual: outputs[1].count)
        }
        MaskScan.setForeground(of: drivable, count: count, bit: RoadScene.drivableBit, in: mask)
        MaskScan.setForeground(of: lanes, count: count, bit: RoadScene.laneBit, in: mask)
    }

    /// The rectangle of network pixels in pixels of the mask, which may be coarser.
    private func maskRectangle(of content: PixelRectangle) -> PixelRectangle {
        let left = content.x * head.width / head.inputWidth
        let top = content.y * head.height / head.inputHeight
        let right = ((content.x + content.width) * head.width + head.inputWidth - 1) / head.inputWidth
        let bottom = ((content.y + content.height) * head.height + head.inputHeight - 1) / head.inputHeight
        return PixelRectangle(x: left, y: top, width: right - left, height: bottom - top)
            .clipped(width: head.width, height: head.height)
    }

    /// The mapping for pixels of the mask.
    private func maskMapping(_ mapping: FrameMapping) -> FrameMapping {
        var fromMask = mapping
        fromMask.scaleX *= Float(head.inputWidth) / Float(head.width)
        fromMask.scaleY *= Float(head.inputHeight) / Float(head.height)
        return fromMask
    }

    private func measureShare(_ scene: inout RoadScene) {
        guard let mask = scene.mask.baseAddress else { return }
        let content = scene.content
        var drivable = 0
        for row in content.y..<(content.y + content.height) {
            drivable += MaskScan.count(
                bit: RoadScene.drivableBit, in: mask + (row * scene.width + content.x), count: content.width)
        }
        scene.drivableShare = content.pixelCount > 0 ? Float(drivable) / Float(content.pixelCount) : 0
    }

    /// Each column upwards: from the first drivable pixel near the bottom to the first that is not.
    private func readFreeSpace(_ scene: inout RoadScene, mapping: FrameMapping) {
        let content = scene.content
        let bottom = content.y + content.height
        let lowestStart = bottom - Int(Float(content.height) * options.bonnetShare)
        for column in 0..<content.width {
            var near = bottom
            while near > lowestStart, !isDrivable(scene, column: content.x + column, row: near - 1) { near -= 1 }
            var far = near
            while far > content.y, isDrivable(scene, column: content.x + column, row: far - 1) { far -= 1 }
            if far == near {
                near = bottom
                far = bottom
            }
            scene.columns[column] = RoadScene.FreeColumn(
                x: mapping.x(Float(content.x + column) + 0.5), nearY: mapping.y(Float(near)),
                farY: mapping.y(Float(far)))
        }
        scene.columnCount = content.width
    }

    @inline(__always)
    private func isDrivable(_ scene: borrowing RoadScene, column: Int, row: Int) -> Bool {
        scene.mask[row &* scene.width &+ column] & RoadScene.drivableBit != 0
    }
}
