import Imaging
import Testing

@Suite("Orientation")
struct OrientationTests {
    @Test("each orientation moves every pixel where EXIF says", arguments: ImageOrientation.allCases)
    func pixels(orientation: ImageOrientation) throws {
        let (width, height) = (7, 5)
        var stored = try ImageBuffer(ImageDescription(width: width, height: height, format: .rgb24))
        stored.withMutableView { view in
            for y in 0..<height {
                for x in 0..<width {
                    view.plane(0).row(y)[x * 3] = UInt8(x)
                    view.plane(0).row(y)[x * 3 + 1] = UInt8(y)
                }
            }
        }
        var upright = ImageBuffer()
        try upright.copy(stored.unsafeView, orientation: orientation)
        withExtendedLifetime(stored.width) {}
        #expect(upright.width == (orientation.isSideways ? height : width))
        upright.withView { view in
            for y in 0..<view.height {
                for x in 0..<view.width {
                    let (right, bottom) = (width - 1, height - 1)
                    let expected: (Int, Int) =
                        switch orientation {
                        case .upright: (x, y)
                        case .mirrored: (right - x, y)
                        case .rotated180: (right - x, bottom - y)
                        case .mirroredRotated180: (x, bottom - y)
                        case .transposed: (y, x)
                        case .rotated90: (y, bottom - x)
                        case .transverse: (right - y, bottom - x)
                        case .rotated270: (right - y, x)
                        }
                    let pixel = view.plane(0).row(y) + x * 3
                    #expect(Int(pixel[0]) == expected.0 && Int(pixel[1]) == expected.1)
                }
            }
        }
    }

    @Test("planar formats turn with their chroma; sideways 4:2:2 becomes 4:4:4; four quarter turns are none")
    func planes() throws {
        for format in PixelFormat.allCases where format != .yuyv422 && format != .uyvy422 {
            let source = ImageDescription(width: 12, height: 8, format: format, color: .jpeg)
            let picture = try TestPictures.noise(source, seed: 8)
            var once = ImageBuffer()
            var twice = ImageBuffer()
            try once.copy(picture.unsafeView, orientation: .rotated90)
            #expect(once.width == 8 && once.height == 12 && once.format == (format == .yuv422p ? .yuv444p : format))
            try twice.copy(once.unsafeView, orientation: .rotated90)
            try once.copy(twice.unsafeView, orientation: .rotated180)
            let back = try once.withView { try ImageConverter.convert($0, to: .rgb24) }
            let straight = try picture.withView { try ImageConverter.convert($0, to: .rgb24) }
            // Interpolated and repeated chroma differ for 4:2:2.
            if format != .yuv422p {
                #expect(
                    back.withView { ReferencePreprocessor.bytes($0) }
                        == straight.withView { ReferencePreprocessor.bytes($0) },
                    "\(format)")
            }
        }
        let packed = try TestPictures.noise(ImageDescription(width: 4, height: 4, format: .yuyv422), seed: 1)
        var target = ImageBuffer()
        #expect(throws: ImagingError.self) { try target.copy(packed.unsafeView, orientation: .rotated180) }
        withExtendedLifetime(packed.width) {}
    }
}

extension ReferencePreprocessor {
    /// A packed picture's bytes, row by row.
    static func bytes(_ view: ImageView) -> [UInt8] {
        (0..<view.height).flatMap { y in
            Array(
                UnsafeBufferPointer(
                    start: view.plane(0).row(y), count: view.format.rowByteCount(plane: 0, width: view.width)))
        }
    }
}
