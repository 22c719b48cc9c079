import Perception

/// Masks at another resolution, and labels under another numbering.
public enum MaskSampling {
    /// The part of a mask that shows the picture, at the picture's size: each pixel takes the label of the mask's pixel
    /// under its centre.
    ///
    /// - Parameters:
    ///   - mask: `maskWidth` labels to a row.
    ///   - content: the part that shows the picture.
    /// - Throws: ``EvaluationError/mismatch(detail:)``.
    public static func nearest(
        _ mask: UnsafeBufferPointer<UInt8>, maskWidth: Int, content: PixelRectangle, width: Int, height: Int
    ) throws(EvaluationError) -> [UInt8] {
        guard maskWidth > 0, mask.count % maskWidth == 0, content.x >= 0, content.y >= 0, content.width > 0,
            content.height > 0, content.x + content.width <= maskWidth,
            content.y + content.height <= mask.count / maskWidth, width > 0, height > 0
        else {
            throw .mismatch(
                detail:
                    "a mask of \(mask.count) pixels, \(maskWidth) to a row, cannot show \(content) at \(width)x\(height)"
            )
        }
        let columns = (0..<width).map { content.x + ($0 * 2 + 1) * content.width / (width * 2) }
        var result: [UInt8] = []
        result.reserveCapacity(width * height)
        for row in 0..<height {
            let start = (content.y + (row * 2 + 1) * content.height / (height * 2)) * maskWidth
            for column in columns { result.append(mask[start + column]) }
        }
        return result
    }

    /// Labels by a table; labels that it does not have become `other`.
    public static func translated(_ mask: [UInt8], by table: [UInt8: UInt8], other: UInt8) -> [UInt8] {
        var full = [UInt8](repeating: other, count: 256)
        for (from, to) in table { full[Int(from)] = to }
        return mask.map { full[Int($0)] }
    }
}
