import Glibc

/// Puts corners where the gradients around them say: each pixel's gradient is at right angles to the line from the corner
/// to it (Förstner and Gülch 1987, as OpenCV's cornerSubPix).
struct CornerRefiner {
    let image: GrayImage

    /// - Parameters:
    ///   - halfWindow: pixels to each side that are looked at; the window must not reach another corner's edges.
    /// - Returns: nil when the gradients do not determine a point, or it lies further than `halfWindow` from the start.
    func refine(_ start: SIMD2<Double>, halfWindow: Int) -> SIMD2<Double>? {
        let size = 2 * halfWindow + 1
        var weights = [Double](repeating: 0, count: size)
        for index in 0..<size {
            let offset = Double(index - halfWindow) / Double(halfWindow)
            weights[index] = exp(-offset * offset)
        }
        var position = start
        for _ in 0..<40 {
            guard let next = step(position, halfWindow, weights) else { return nil }
            let change = (next - position).length
            position = next
            guard (position - start).length <= Double(halfWindow) else { return nil }
            if change < 1e-4 { break }
        }
        return position
    }

    private func step(_ center: SIMD2<Double>, _ halfWindow: Int, _ weights: [Double]) -> SIMD2<Double>? {
        let size = 2 * halfWindow + 1
        let padded = size + 2
        guard center.x >= 0, center.y >= 0, center.x <= Double(image.width - 1), center.y <= Double(image.height - 1)
        else { return nil }
        // The neighbourhood, moved so that the corner is in the middle of a pixel.
        var patch = [Double](repeating: 0, count: padded * padded)
        for y in 0..<padded {
            for x in 0..<padded {
                patch[y * padded + x] = Double(
                    image.sample(center.x + Double(x - halfWindow - 1), center.y + Double(y - halfWindow - 1)))
            }
        }
        var (a, b, c, right) = (0.0, 0.0, 0.0, SIMD2(0.0, 0.0))
        for y in 0..<size {
            for x in 0..<size {
                let i = (y + 1) * padded + x + 1
                let weight = weights[x] * weights[y]
                let gx = (patch[i + 1] - patch[i - 1]) / 2
                let gy = (patch[i + padded] - patch[i - padded]) / 2
                let (px, py) = (Double(x - halfWindow), Double(y - halfWindow))
                let (xx, xy, yy) = (gx * gx * weight, gx * gy * weight, gy * gy * weight)
                a += xx
                b += xy
                c += yy
                right += SIMD2(xx * px + xy * py, xy * px + yy * py)
            }
        }
        let determinant = a * c - b * b
        guard determinant > 1e-9 * (a + c) * (a + c) else { return nil }
        return center + SIMD2(c * right.x - b * right.y, a * right.y - b * right.x) / determinant
    }
}
