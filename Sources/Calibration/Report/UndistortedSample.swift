import Imaging

/// A picture as a camera without distortion would have taken it, for looking at.
public struct UndistortedSample: Sendable {
    public let name: String
    /// A JPEG in base 64.
    let base64: String

    /// Undistorts a picture into the same size; what the camera did not see stays grey.
    ///
    /// - Throws: ``CalibrationError/imaging(_:)``.
    public init(_ picture: ImageView, model: CameraModel, name: String) throws(CalibrationError) {
        self.name = name
        do {
            base64 = try Self.encode(picture, model)
        } catch {
            throw .imaging(error)
        }
    }

    private static func encode(_ picture: ImageView, _ model: CameraModel) throws(ImagingError) -> String {
        let source = try ImageConverter.convert(picture, to: .rgb24)
        var result = try ImageBuffer(
            ImageDescription(width: picture.width, height: picture.height, format: .rgb24, color: .jpeg))
        source.withView { source in
            result.withMutableView { output in
                let (from, to) = (source.plane(0), output.plane(0))
                for y in 0..<output.height {
                    let row = to.base + y * to.rowStride
                    for x in 0..<output.width {
                        let ray = SIMD3((Double(x) - model.cx) / model.fx, (Double(y) - model.cy) / model.fy, 1)
                        guard let pixel = model.project(ray), pixel.x >= 0, pixel.y >= 0,
                            pixel.x < Double(source.width - 1), pixel.y < Double(source.height - 1)
                        else {
                            for channel in 0..<3 { row[3 * x + channel] = 128 }
                            continue
                        }
                        let (left, top) = (Int(pixel.x), Int(pixel.y))
                        let (shareX, shareY) = (pixel.x - Double(left), pixel.y - Double(top))
                        let (upper, lower) = (from.row(top) + 3 * left, from.row(top + 1) + 3 * left)
                        for channel in 0..<3 {
                            let above = Double(upper[channel]) * (1 - shareX) + Double(upper[channel + 3]) * shareX
                            let below = Double(lower[channel]) * (1 - shareX) + Double(lower[channel + 3]) * shareX
                            row[3 * x + channel] = UInt8(above * (1 - shareY) + below * shareY)
                        }
                    }
                }
            }
        }
        var encoder = try JPEGEncoder()
        return try result.withView { view throws(ImagingError) in
            try encoder.encode(view, quality: 80, name: "undistorted sample") { bytes throws(ImagingError) in
                Base64.encode(bytes)
            }
        }
    }
}
