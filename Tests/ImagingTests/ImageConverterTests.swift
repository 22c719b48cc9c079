import Imaging
import Testing

@Suite("ImageConverter")
struct ImageConverterTests {
    @Test("R'G'B' to 4:2:0 is the standard's equation within rounding, odd sizes included")
    func toYUV() throws {
        for (color, width, height) in [
            (ColorDescription.bt709Video, 34, 18), (.bt601Video, 33, 17), (.jpeg, 1, 1), (.jpeg, 35, 2),
        ] {
            let source = try TestPictures.noise(ImageDescription(width: width, height: height, format: .rgb24), seed: 2)
            let result = try source.withView { try ImageConverter.convert($0, to: .yuv420p, color: color) }
            let (red, blue) = color.matrix == .bt709 ? (0.2126, 0.0722) : (0.299, 0.114)
            let (zero, lumaGain, chromaGain) = color.range == .limited ? (16.0, 219.0 / 255, 224.0 / 255) : (0, 1, 1)
            let rgb = source.unsafeView
            let yuv = result.unsafeView
            func pixel(_ x: Int, _ y: Int) -> (Double, Double, Double) {
                let p = rgb.plane(0).row(min(y, height - 1)) + min(x, width - 1) * 3
                return (Double(p[0]), Double(p[1]), Double(p[2]))
            }
            func luma(_ p: (Double, Double, Double)) -> Double { red * p.0 + (1 - red - blue) * p.1 + blue * p.2 }
            for y in 0..<height {
                for x in 0..<width {
                    let expected = zero + luma(pixel(x, y)) * lumaGain
                    #expect(abs(Double(yuv.plane(0).row(y)[x]) - expected) <= 0.52)
                }
            }
            for y in 0..<(height + 1) / 2 {
                for x in 0..<(width + 1) / 2 {
                    let block = [(0, 0), (1, 0), (0, 1), (1, 1)].map { pixel(2 * x + $0.0, 2 * y + $0.1) }
                    let mean = block.reduce((0, 0, 0)) { ($0.0 + $1.0 / 4, $0.1 + $1.1 / 4, $0.2 + $1.2 / 4) }
                    let u = 128 + (mean.2 - luma(mean)) / (2 * (1 - blue)) * chromaGain
                    let v = 128 + (mean.0 - luma(mean)) / (2 * (1 - red)) * chromaGain
                    #expect(abs(Double(yuv.plane(1).row(y)[x]) - u) <= 0.53)
                    #expect(abs(Double(yuv.plane(2).row(y)[x]) - v) <= 0.53)
                }
            }
            withExtendedLifetime(source.width) {}
            withExtendedLifetime(result.width) {}
        }
    }

    @Test("flat colours survive the way there and back", arguments: PixelFormat.allCases)
    func roundTrip(format: PixelFormat) throws {
        let color = DrawingColor(red: 200, green: 90, blue: 40)
        var rgb = try ImageBuffer(ImageDescription(width: 10, height: 6, format: .rgb24))
        try rgb.withMutableView { view throws(ImagingError) in
            try Canvas(view).fill(PixelRegion(left: 0, top: 0, right: 10, bottom: 6), color: color)
        }
        let yuv = try rgb.withView { try ImageConverter.convert($0, to: .yuv420p, color: .bt709Video) }
        let back = try yuv.withView { try ImageConverter.convert($0, to: .rgb24) }
        back.withView { view in
            let pixel = view.plane(0).row(3) + 3 * 4
            #expect(abs(Int(pixel[0]) - 200) <= 3 && abs(Int(pixel[1]) - 90) <= 3 && abs(Int(pixel[2]) - 40) <= 3)
        }
        // Every format converts to both targets at its own size.
        let noise = try TestPictures.noise(ImageDescription(width: 9, height: 5, format: format), seed: 6)
        for target in [PixelFormat.rgb24, .yuv420p] {
            let converted = try noise.withView { try ImageConverter.convert($0, to: target) }
            #expect(converted.width == 9 && converted.height == 5 && converted.format == target)
        }
        #expect(throws: ImagingError.self) { _ = try noise.withView { try ImageConverter.convert($0, to: .nv12) } }
    }
}
