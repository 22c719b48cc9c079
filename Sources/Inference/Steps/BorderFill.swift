/// Keeps the border around a quantised feature map at its zero point, which stands for the zeros that padding means.
///
/// Arena memory is shared, so whoever writes a feature map writes its border as well: of his channels only, since others
/// may write the other channels of the same pixels.
struct BorderFill {
    private let map: FeatureMap<UInt8>
    private let border: Buffer.Border
    /// One zero point, or one for each channel.
    private let zeroPoints: [UInt8]

    init(_ map: FeatureMap<UInt8>, border: Buffer.Border, zeroPoints: [Int32]) {
        self.map = map
        self.border = border
        self.zeroPoints = zeroPoints.map { UInt8(clamping: $0) }
    }

    /// The border of a resolved view of a `bordered` buffer.
    init(_ view: BufferView, quantization: Quantization, _ resolver: ViewResolver) {
        self.init(
            resolver.resolve(view).featureMap(of: UInt8.self), border: resolver.border(of: view.buffer),
            zeroPoints: quantization.zeroPoints)
    }

    /// Fills what lies beside the given rows; above them, too, where they hold the first row, and below the last.
    func fill(image: Int, rows: Range<Int>) {
        guard border != .none else { return }
        for row in rows {
            fillPixels(image, row, -border.left, border.left)
            fillPixels(image, row, map.width, border.right)
        }
        let width = border.left + map.width + border.right
        if rows.lowerBound == 0 {
            for row in 0..<border.top { fillPixels(image, row - border.top, -border.left, width) }
        }
        if rows.upperBound == map.height {
            for row in 0..<border.bottom { fillPixels(image, map.height + row, -border.left, width) }
        }
    }

    /// Fills everything around all images.
    func fillAll() {
        for image in 0..<map.batch { fill(image: image, rows: 0..<map.height) }
    }

    private func fillPixels(_ image: Int, _ row: Int, _ column: Int, _ count: Int) {
        guard count > 0 else { return }
        var pixel = map.pixel(image, row, column)
        if zeroPoints.count == 1 && map.pixelStride == map.channels {
            return pixel.update(repeating: zeroPoints[0], count: count * map.channels)
        }
        for _ in 0..<count {
            if zeroPoints.count == 1 {
                pixel.update(repeating: zeroPoints[0], count: map.channels)
            } else {
                for channel in 0..<map.channels { pixel[channel] = zeroPoints[channel] }
            }
            pixel += map.pixelStride
        }
    }
}
