import Imaging
import Tensors
import Testing

@Suite("Preprocessor")
struct PreprocessorTests {
    static let identity = QuantizationParameters(scale: 1 / 255, zeroPoint: 0, elementType: .uint8)
    static let instructionSets = ["avx512", "avx2", "portable"].filter { name in
        let tiny = ImageDescription(width: 1, height: 1, format: .gray8)
        return
            (try? Preprocessor(
                source: tiny, picture: NetworkPicture(width: 1, height: 1), layout: .planarFloat, instructionSet: name))
            != nil
    }

    /// Runs into a guarded buffer of bytes; checks that nothing outside the layout was written.
    static func bytes(
        _ preprocessor: Preprocessor, _ view: ImageView, rows: [Range<Int>?] = [nil]
    ) throws -> [UInt8] {
        let count = preprocessor.destinationByteCount
        var result = [UInt8](repeating: 0xa5, count: count + 128)
        try result.withUnsafeMutableBytes { memory in
            for (worker, slice) in rows.enumerated() {
                try preprocessor.run(
                    view, rows: slice, into: UnsafeMutableRawBufferPointer(rebasing: memory[..<count]),
                    worker: worker % preprocessor.workers)
            }
        }
        #expect(result[count...].allSatisfy { $0 == 0xa5 }, "bytes behind the destination were written")
        return Array(result[..<count])
    }

    @Test(
        "every format, instruction set and resampling equals the reference pixel by pixel",
        arguments: PixelFormat.allCases)
    func equalsReference(format: PixelFormat) throws {
        var random = TestPictures.Random(seed: UInt64(format.rawValue.utf8.reduce(7) { $0 * 31 + Int($1) }))
        let colors = [ColorDescription.jpeg, .bt601Video, .bt709Video]
        for trial in 0..<24 {
            let source = ImageDescription(
                width: Int.random(in: 1...150, using: &random), height: Int.random(in: 1...60, using: &random),
                format: format, color: colors[trial % 3])
            let picture = NetworkPicture(
                width: Int.random(in: 1...90, using: &random), height: Int.random(in: 1...50, using: &random),
                letterbox: [.centered, .topLeft, .stretch][Int.random(in: 0...2, using: &random)],
                resampling: trial % 2 == 0 ? .bilinear : .area,
                channelOrder: trial % 4 < 2 ? .rgb : .bgr)
            let frame = try TestPictures.noise(source, seed: UInt64(trial))
            try frame.withView { view in
                let expected = ReferencePreprocessor(source: source, picture: picture).run(view)
                for name in Self.instructionSets {
                    let preprocessor = try Preprocessor(
                        source: source, picture: picture,
                        layout: .interleaved(rowStride: picture.width * 3, pixelStride: 3, Self.identity),
                        instructionSet: name)
                    let found = try Self.bytes(preprocessor, view)
                    #expect(found == expected, "\(name): \(source) to \(picture)")
                }
            }
        }
    }

    @Test("strong reductions, whose samples lie far apart, equal the reference")
    func strongReductions() throws {
        for (width, format) in [(1920, PixelFormat.yuv420p), (1000, .rgb24), (2500, .gray8), (1279, .nv12)] {
            let source = ImageDescription(width: width, height: 9, format: format, color: .bt709Video)
            let frame = try TestPictures.noise(source, seed: 3)
            for resampling in [NetworkPicture.Resampling.bilinear, .area] {
                let picture = NetworkPicture(width: 131, height: 4, letterbox: .stretch, resampling: resampling)
                try frame.withView { view in
                    let expected = ReferencePreprocessor(source: source, picture: picture).run(view)
                    for name in Self.instructionSets {
                        let preprocessor = try Preprocessor(
                            source: source, picture: picture,
                            layout: .interleaved(rowStride: 131 * 3, pixelStride: 3, Self.identity),
                            instructionSet: name)
                        #expect(try Self.bytes(preprocessor, view) == expected, "\(name) \(source) \(resampling)")
                    }
                }
            }
        }
    }

    @Test("all layouts hold the same picture")
    func layouts() throws {
        let source = ImageDescription(width: 97, height: 55, format: .yuv420p, color: .bt601Video)
        let picture = NetworkPicture(
            width: 70, height: 66, scale: SIMD3(1 / 255, 0.5, 2), offset: SIMD3(0, -3, 100))
        let frame = try TestPictures.noise(source, seed: 5)
        try frame.withView { view in
            let expected = ReferencePreprocessor(source: source, picture: picture).run(view)
            let count = picture.width * picture.height
            func value(_ pixel: Int, _ channel: Int) -> Float {
                let product = Float(expected[pixel * 3 + channel]) * picture.scale[channel]
                return product + picture.offset[channel]
            }
            for name in Self.instructionSets {
                func run(_ layout: InputLayout) throws -> [UInt8] {
                    try Self.bytes(
                        Preprocessor(source: source, picture: picture, layout: layout, instructionSet: name), view)
                }
                let planar = try run(.planarFloat).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
                let interleaved = try run(.interleavedFloat).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
                let same = (0..<count).allSatisfy { pixel in
                    (0..<3).allSatisfy {
                        planar[$0 * count + pixel] == value(pixel, $0)
                            && interleaved[pixel * 3 + $0] == value(pixel, $0)
                    }
                }
                #expect(same, "\(name): floats differ")
            }
        }
    }

    @Test("quantised layouts follow QuantizeLinear with free strides; unused bytes stay", arguments: [3, 4, 5, 16])
    func quantized(pixelStride: Int) throws {
        let source = ImageDescription(width: 64, height: 40, format: .rgb24)
        let picture = NetworkPicture(width: 37, height: 29, offset: SIMD3(repeating: -0.5))
        let parameters = QuantizationParameters(scale: 0.0078, zeroPoint: -7, elementType: .int8)
        let rowStride = 37 * pixelStride + 11
        let frame = try TestPictures.noise(source, seed: 11)
        try frame.withView { view in
            let expected = ReferencePreprocessor(source: source, picture: picture).run(view)
            for name in Self.instructionSets {
                let found = try Self.bytes(
                    Preprocessor(
                        source: source, picture: picture,
                        layout: .interleaved(rowStride: rowStride, pixelStride: pixelStride, parameters),
                        instructionSet: name), view)
                for y in 0..<29 {
                    for x in 0..<37 {
                        for channel in 0..<pixelStride where y * rowStride + x * pixelStride + channel < found.count {
                            let byte = found[y * rowStride + x * pixelStride + channel]
                            if channel >= 3 {
                                #expect(byte == (pixelStride == 4 ? 0 : 0xa5))
                                continue
                            }
                            let real = Double(expected[(y * 37 + x) * 3 + channel]) * Double(Float(1) / 255) - 0.5
                            let quantized = (real / Double(Float(0.0078))).rounded(.toNearestOrEven) - 7
                            #expect(Int8(bitPattern: byte) == Int8(min(127, max(-128, quantized))))
                        }
                    }
                }
            }
        }
    }

    @Test("slices on several workers give the same bytes as one run")
    func slices() throws {
        let source = ImageDescription(width: 320, height: 180, format: .yuv420p, color: .bt709Video)
        let picture = NetworkPicture(width: 160, height: 128)
        let layout = InputLayout.interleaved(rowStride: 640, pixelStride: 4, Self.identity)
        let preprocessor = try Preprocessor(source: source, picture: picture, layout: layout, workers: 3)
        let frame = try TestPictures.noise(source, seed: 1)
        try frame.withView { view in
            let whole = try Self.bytes(preprocessor, view)
            let sliced = try Self.bytes(preprocessor, view, rows: [0..<40, 40..<41, 41..<500])
            #expect(whole == sliced)
        }
    }

    @Test("grey stays grey, black black and white white in every range and matrix")
    func neutralColors() throws {
        for matrix in [ColorDescription.Matrix.bt601, .bt709, .bt2020] {
            for (range, black, white) in [(ColorDescription.Range.limited, 16, 235), (.full, 0, 255)] {
                let color = ColorDescription(matrix: matrix, range: range, chromaSiting: .left)
                let source = ImageDescription(width: 8, height: 8, format: .yuv420p, color: color)
                let preprocessor = try Preprocessor(
                    source: source, picture: NetworkPicture(width: 8, height: 8), layout: .planar(Self.identity))
                for (luma, expected) in [(black, 0), (white, 255), ((black + white) / 2, (range == .full ? 127 : 127))]
                {
                    let frame = try TestPictures.flat(source, planes: [UInt8(luma), 128, 128])
                    let found = try frame.withView { try Self.bytes(preprocessor, $0) }
                    #expect(found.allSatisfy { abs(Int($0) - expected) <= 1 } && Set(found).count == 1)
                }
            }
        }
    }

    @Test("a frame of another kind, a short destination and senseless parameters are refused")
    func refusals() throws {
        let source = ImageDescription(width: 16, height: 16, format: .rgb24)
        let picture = NetworkPicture(width: 8, height: 8)
        let preprocessor = try Preprocessor(source: source, picture: picture, layout: .planarFloat)
        let other = try ImageBuffer(ImageDescription(width: 16, height: 15, format: .rgb24))
        let frame = try ImageBuffer(source)
        var memory = [UInt8](repeating: 0, count: 768)
        memory.withUnsafeMutableBytes { memory in
            #expect(throws: ImagingError.unexpectedImage(expected: source, found: other.description)) {
                try preprocessor.run(other.unsafeView, into: memory)
            }
            #expect(throws: ImagingError.destinationTooSmall(needed: 768, available: 767)) {
                try preprocessor.run(frame.unsafeView, into: UnsafeMutableRawBufferPointer(rebasing: memory[..<767]))
            }
            #expect(throws: ImagingError.self) { try preprocessor.run(frame.unsafeView, into: memory, worker: 1) }
        }
        #expect(throws: ImagingError.self) {
            try Preprocessor(
                source: source, picture: picture,
                layout: .interleaved(rowStride: 23, pixelStride: 3, Self.identity))
        }
        #expect(throws: ImagingError.self) {
            try Preprocessor(
                source: ImageDescription(width: 0, height: 4, format: .rgb24), picture: picture, layout: .planarFloat)
        }
        #expect(throws: ImagingError.self) {
            try Preprocessor(source: source, picture: picture, layout: .planarFloat, instructionSet: "mmx")
        }
        withExtendedLifetime(frame.description) {}
        withExtendedLifetime(other.description) {}
    }
}
