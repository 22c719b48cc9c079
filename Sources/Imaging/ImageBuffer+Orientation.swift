extension ImageBuffer {
    /// Copies a picture so that it stands upright. Allocates only when the buffer must grow.
    ///
    /// Sideways 4:2:2 becomes 4:4:4, because its chroma would be halved in the other direction. Subsampled chroma is
    /// taken to lie in the middle of its block afterwards; of odd sizes it moves by half a chroma sample.
    ///
    /// - Throws: ``ImagingError/unsupportedFormat(_:context:)`` for packed 4:2:2.
    public mutating func copy(_ view: ImageView, orientation: ImageOrientation) throws(ImagingError) {
        if orientation == .upright { return try copy(view) }
        guard view.format != .yuyv422, view.format != .uyvy422 else {
            throw .unsupportedFormat(view.format, context: "turning a picture")
        }
        var target = view.description
        if orientation.isSideways {
            swap(&target.width, &target.height)
            if view.format == .yuv422p { target.format = .yuv444p }
        }
        target.color.chromaSiting = .center
        try reshape(target)
        withMutableView { output in
            for plane in 0..<view.format.planeCount {
                Self.turn(view, plane: plane, orientation, into: output)
            }
        }
    }

    private static func turn(
        _ view: ImageView, plane: Int, _ orientation: ImageOrientation, into output: MutableImageView
    ) {
        let cell = view.format.pixelByteCount(plane: plane)
        let storedWidth = view.format.rowByteCount(plane: plane, width: view.width) / cell
        let storedHeight = view.format.rowCount(plane: plane, height: view.height)
        let width = output.format.rowByteCount(plane: plane, width: output.width) / cell
        let height = output.format.rowCount(plane: plane, height: output.height)
        // Sideways 4:2:2 to 4:4:4: each stored chroma column serves two rows of the upright picture.
        let repeats = view.format == .yuv422p && orientation.isSideways && plane > 0 ? 2 : 1
        let (start, dx, dy) = orientation.steps(storedWidth: storedWidth * repeats, storedHeight: storedHeight)
        let source = view.plane(plane)
        let target = output.plane(plane)
        for y in 0..<height {
            var pixel = target.row(y)
            for x in 0..<width {
                let column = min(start.0 + x * dx.0 + y * dy.0, storedWidth * repeats - 1) / repeats
                let row = source.row(min(start.1 + x * dx.1 + y * dy.1, storedHeight - 1))
                for byte in 0..<cell { pixel[byte] = row[max(0, column) * cell + byte] }
                pixel += cell
            }
        }
    }
}

extension PixelFormat {
    /// Bytes that belong together in a plane: a pixel, or a pair of chroma samples.
    func pixelByteCount(plane: Int) -> Int {
        switch self {
        case .yuv420p, .yuv422p, .yuv444p, .gray8, .gbrp: 1
        case .nv12, .nv21: plane == 0 ? 1 : 2
        case .rgb24, .bgr24: 3
        case .rgba, .bgra, .yuyv422, .uyvy422: 4
        }
    }
}
