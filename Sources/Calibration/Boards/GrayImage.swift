import Glibc
import Imaging

/// A grey picture of floats, for finding corners in.
struct GrayImage {
    let width: Int
    let height: Int
    /// Row by row, 0 to 255.
    var values: [Float]

    init(width: Int, height: Int, values: [Float]) {
        precondition(values.count == width * height)
        self.width = width
        self.height = height
        self.values = values
    }

    /// The luma of a picture; of RGB pictures as BT.601 weighs it.
    init(_ view: ImageView) {
        width = view.width
        height = view.height
        var values = [Float](repeating: 0, count: view.width * view.height)
        for y in 0..<view.height {
            let row = view.plane(0).row(y)
            let start = y * view.width
            switch view.format {
            case .yuv420p, .yuv422p, .yuv444p, .nv12, .nv21, .gray8:
                for x in 0..<view.width { values[start + x] = Float(row[x]) }
            case .yuyv422:
                for x in 0..<view.width { values[start + x] = Float(row[2 * x]) }
            case .uyvy422:
                for x in 0..<view.width { values[start + x] = Float(row[2 * x + 1]) }
            case .rgb24, .rgba:
                let step = view.format == .rgb24 ? 3 : 4
                for x in 0..<view.width {
                    let pixel = row + x * step
                    values[start + x] = Self.luma(pixel[0], pixel[1], pixel[2])
                }
            case .bgr24, .bgra:
                let step = view.format == .bgr24 ? 3 : 4
                for x in 0..<view.width {
                    let pixel = row + x * step
                    values[start + x] = Self.luma(pixel[2], pixel[1], pixel[0])
                }
            case .gbrp:
                let (blue, red) = (view.plane(1).row(y), view.plane(2).row(y))
                for x in 0..<view.width { values[start + x] = Self.luma(red[x], row[x], blue[x]) }
            }
        }
        self.values = values
    }

    @inline(__always)
    private static func luma(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Float {
        0.299 * Float(red) + 0.587 * Float(green) + 0.114 * Float(blue)
    }

    /// The value between pixels, bilinear; the border's values continue outside.
    @inline(__always)
    func sample(_ x: Double, _ y: Double) -> Float {
        let clampedX = min(max(x, 0), Double(width - 1))
        let clampedY = min(max(y, 0), Double(height - 1))
        let (left, top) = (min(Int(clampedX), max(width - 2, 0)), min(Int(clampedY), max(height - 2, 0)))
        let (shareX, shareY) = (Float(clampedX - Double(left)), Float(clampedY - Double(top)))
        let right = min(left + 1, width - 1)
        let bottom = min(top + 1, height - 1)
        return values.withUnsafeBufferPointer { values in
            let upper = values[top * width + left] * (1 - shareX) + values[top * width + right] * shareX
            let lower = values[bottom * width + left] * (1 - shareX) + values[bottom * width + right] * shareX
            return upper * (1 - shareY) + lower * shareY
        }
    }

    /// Half the size in both directions: each pixel the mean of four. Pixel (x, y) becomes ((x + 0.5) / 2 - 0.5, ...).
    var halved: GrayImage {
        let (newWidth, newHeight) = (width / 2, height / 2)
        var result = [Float](repeating: 0, count: newWidth * newHeight)
        values.withUnsafeBufferPointer { values in
            for y in 0..<newHeight {
                for x in 0..<newWidth {
                    let corner = 2 * y * width + 2 * x
                    result[y * newWidth + x] =
                        (values[corner] + values[corner + 1] + values[corner + width] + values[corner + width + 1]) / 4
                }
            }
        }
        return GrayImage(width: newWidth, height: newHeight, values: result)
    }

    /// Twice the size, bilinear: for boards with squares of a few pixels.
    var doubled: GrayImage {
        var result = [Float](repeating: 0, count: 4 * width * height)
        for y in 0..<2 * height {
            for x in 0..<2 * width {
                result[y * 2 * width + x] = sample((Double(x) + 0.5) / 2 - 0.5, (Double(y) + 0.5) / 2 - 0.5)
            }
        }
        return GrayImage(width: 2 * width, height: 2 * height, values: result)
    }

    /// Smoothed with a Gaussian.
    func blurred(_ sigma: Float) -> GrayImage {
        let radius = max(1, Int((3 * sigma).rounded(.up)))
        var kernel = (-radius...radius).map { exp(-Float($0 * $0) / (2 * sigma * sigma)) }
        let sum = kernel.reduce(0, +)
        kernel = kernel.map { $0 / sum }
        let across = filtered(kernel, radius: radius, horizontally: true)
        return across.filtered(kernel, radius: radius, horizontally: false)
    }

    private func filtered(_ kernel: [Float], radius: Int, horizontally: Bool) -> GrayImage {
        var result = [Float](repeating: 0, count: values.count)
        let (width, height) = (width, height)
        values.withUnsafeBufferPointer { values in
            result.withUnsafeMutableBufferPointer { result in
                for y in 0..<height {
                    for tap in -radius...radius {
                        let weight = kernel[tap + radius]
                        if horizontally {
                            let low = min(max(0, -tap), width)
                            let high = max(min(width, width - tap), low)
                            for x in 0..<low { result[y * width + x] += weight * values[y * width] }
                            for x in low..<high { result[y * width + x] += weight * values[y * width + x + tap] }
                            for x in high..<width { result[y * width + x] += weight * values[y * width + width - 1] }
                        } else {
                            let row = min(max(y + tap, 0), height - 1)
                            for x in 0..<width { result[y * width + x] += weight * values[row * width + x] }
                        }
                    }
                }
            }
        }
        return GrayImage(width: width, height: height, values: result)
    }
}
