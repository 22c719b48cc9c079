import Foundation
import Glibc
import Imaging
import Testing

@Suite("Image files")
struct ImageFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func bytes(_ view: ImageView) -> [UInt8] {
        (0..<view.format.planeCount).flatMap { plane in
            (0..<view.format.rowCount(plane: plane, height: view.height)).flatMap { row in
                Array(
                    UnsafeBufferPointer(
                        start: view.plane(plane).row(row),
                        count: view.format.rowByteCount(plane: plane, width: view.width)))
            }
        }
    }

    private func meanDifference(_ a: [UInt8], _ b: [UInt8]) -> Double {
        #expect(a.count == b.count)
        return zip(a, b).reduce(0.0) { $0 + abs(Double($1.0) - Double($1.1)) } / Double(max(a.count, 1))
    }

    @Test("PNG keeps every sample", arguments: [PixelFormat.gray8, .rgb24, .rgba], [(1, 1), (37, 21), (64, 48)])
    func pngRoundTrip(format: PixelFormat, size: (Int, Int)) throws {
        let picture = try TestPictures.noise(
            ImageDescription(width: size.0, height: size.1, format: format), seed: UInt64(size.0))
        let path = folder.file("a.png")
        try picture.withView { try ImageFile.write($0, to: path) }
        let read = try ImageFile.read(path)
        #expect(read.description == picture.description)
        #expect(read.withView(bytes) == picture.withView(bytes))
        #expect(try ImageFile.header(path) == .init(kind: .png, width: size.0, height: size.1, orientation: .upright))
        #expect(FileManager.default.contentsOfDirectory(folder.path) == ["a.png"])
    }

    @Test("a label mask's values are read as they are stored")
    func labels() throws {
        let mask = try TestPictures.noise(ImageDescription(width: 40, height: 30, format: .gray8), seed: 4)
        let path = folder.file("mask.png")
        try mask.withView { try ImageFile.write($0, to: path) }
        #expect(try ImageFile.readLabels(path).withView(bytes) == mask.withView(bytes))
        let colors = try TestPictures.scene(width: 16, height: 16)
        try colors.withView { try ImageFile.write($0, to: path) }
        #expect(throws: ImagingError.self) { _ = try ImageFile.readLabels(path) }
    }

    @Test(
        "JPEG comes back nearly equal, as RGB and as planes, at odd sizes too",
        arguments: [(96, 64), (97, 63), (1, 1), (2, 33)])
    func jpegRoundTrip(size: (Int, Int)) throws {
        let picture = try TestPictures.scene(width: size.0, height: size.1)
        let path = folder.file("a.jpg")
        try picture.withView { try ImageFile.write($0, to: path, quality: 97) }
        let rgb = try ImageFile.read(path, output: .rgb)
        #expect(rgb.description == picture.description)
        #expect(meanDifference(rgb.withView(bytes), picture.withView(bytes)) < (size.0 > 32 ? 6 : 15))
        let planes = try ImageFile.read(path)
        #expect(planes.format == .yuv420p && planes.width == size.0 && planes.height == size.1)
        let converted = try planes.withView { try ImageConverter.convert($0, to: .rgb24) }
        #expect(meanDifference(converted.withView(bytes), rgb.withView(bytes)) < 3)
    }

    @Test("a JPEG decodes at reduced scale, and at the smallest that covers a size")
    func jpegScales() throws {
        let picture = try TestPictures.scene(width: 203, height: 101)
        let path = folder.file("a.jpg")
        try picture.withView { try ImageFile.write($0, to: path) }
        for (scale, width, height) in [
            (JPEGDecoder.Scale.full, 203, 101), (.half, 102, 51), (.quarter, 51, 26), (.eighth, 26, 13),
            (.covering(width: 50, height: 26), 51, 26), (.covering(width: 52, height: 1), 102, 51),
            (.covering(width: 500, height: 1), 203, 101), (.covering(width: 1, height: 1), 26, 13),
        ] {
            let read = try ImageFile.read(path, scale: scale)
            #expect(read.width == width && read.height == height, "\(scale)")
        }
    }

    @Test("grey, 4:4:4 and 4:2:0 planes are stored without colour conversion")
    func jpegPlanes() throws {
        for (format, width) in [(PixelFormat.gray8, 33), (.yuv444p, 33), (.yuv420p, 34)] {
            let flat = try TestPictures.flat(
                ImageDescription(width: width, height: 18, format: format), planes: [90, 100, 170])
            let path = folder.file("a.jpeg")
            try flat.withView { try ImageFile.write($0, to: path, quality: 100) }
            let read = try ImageFile.read(path)
            #expect(read.format == format)
            #expect(meanDifference(read.withView(bytes), flat.withView(bytes)) < 1)
        }
    }

    @Test("EXIF orientation turns a picture upright, and its header says so", arguments: ImageOrientation.allCases)
    func exifOrientation(orientation: ImageOrientation) throws {
        // Flat quarters survive JPEG and show where each corner went.
        let stored = try TestPictures.flat(ImageDescription(width: 64, height: 32, format: .gray8), planes: [10])
        var quarters = try ImageBuffer(stored.description)
        quarters.withMutableView { view in
            for y in 0..<32 { for x in 0..<64 { view.plane(0).row(y)[x] = UInt8(20 + (x / 32) * 60 + (y / 16) * 120) } }
        }
        let path = folder.file("a.jpg")
        try quarters.withView { try ImageFile.write($0, to: path, quality: 95) }
        var file = try folder.read("a.jpg")
        let exif: [UInt8] =
            [0xff, 0xe1, 0, 34] + Array("Exif\0\0MM\0*".utf8) + [0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1]
            + [0, UInt8(orientation.rawValue), 0, 0, 0, 0, 0, 0]
        file.insert(contentsOf: exif, at: 2)
        _ = try folder.write(file, "b.jpg")
        #expect(try ImageFile.header(folder.file("b.jpg")).orientation == orientation)
        let upright = try ImageFile.read(folder.file("b.jpg"))
        #expect(upright.width == (orientation.isSideways ? 32 : 64))
        var expected = ImageBuffer()
        try expected.copy(quarters.unsafeView, orientation: orientation)
        #expect(meanDifference(upright.withView(bytes), expected.withView(bytes)) < 3)
        withExtendedLifetime(quarters.width) {}
    }

    @Test("what is no picture is refused in one line that names the file")
    func refusals() throws {
        func message(_ path: String) -> String {
            do {
                _ = try ImageFile.read(path)
                return "no error"
            } catch {
                return "\(error)"
            }
        }
        for (path, part) in [
            (folder.file("absent.png"), "No such file"), (folder.path, "Is a directory"),
            ("/dev/zero", "Invalid argument"),
            (try folder.write([], "empty.jpg"), "empty"),
            (try folder.write([1, 2, 3, 4], "x.png"), "neither JPEG nor PNG"),
            (try folder.write([0xff, 0xd8, 0xff, 0xe0], "short.jpg"), "damaged"),
        ] {
            let text = message(path)
            #expect(text.contains(path) && text.contains(part) && !text.contains("\n"), "\(text)")
        }
        let pipe = folder.file("pipe.png")
        #expect(mkfifo(pipe, 0o600) == 0)
        #expect(message(pipe).contains("Invalid argument"))
        #expect(throws: ImagingError.self) {
            try TestPictures.scene(width: 4, height: 4).withView { try ImageFile.write($0, to: folder.file("a.bmp")) }
        }
        #expect(throws: ImagingError.self) {
            try TestPictures.scene(width: 4, height: 4).withView { try ImageFile.write($0, to: "/nowhere/a.png") }
        }
    }

    @Test("a header that claims an unreasonable size is refused before anything is allocated")
    func hugeSizes() throws {
        let picture = try TestPictures.scene(width: 16, height: 16)
        try picture.withView { try ImageFile.write($0, to: folder.file("a.png")) }
        var png = try folder.read("a.png")
        png.replaceSubrange(16..<24, with: [0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0])
        let huge = try folder.write(png, "huge.png")
        #expect(throws: ImagingError.self) { _ = try ImageFile.read(huge) }
        try picture.withView { try ImageFile.write($0, to: folder.file("a.jpg")) }
        var jpeg = try folder.read("a.jpg")
        let start = try #require(jpeg.indices.first { jpeg[$0] == 0xff && jpeg[$0 + 1] == 0xc0 })
        jpeg.replaceSubrange(start + 5..<start + 9, with: [0x80, 0, 0x80, 0])
        let path = try folder.write(jpeg, "huge.jpg")
        #expect(throws: ImagingError.unreasonableSize(width: 32768, height: 32768, context: path)) {
            _ = try ImageFile.read(path)
        }
    }

    @Test("files cut short at any length are refused; bit flips are refused or give a picture")
    func damage() throws {
        let picture = try TestPictures.scene(width: 61, height: 47)
        var random = TestPictures.Random(seed: 77)
        for name in ["a.png", "a.jpg"] {
            try picture.withView { try ImageFile.write($0, to: folder.file(name)) }
            let good = try folder.read(name)
            for trial in 0..<150 {
                let length = trial < 40 ? trial : Int.random(in: 0..<good.count, using: &random)
                let path = try folder.write(Array(good[..<length]), "cut-" + name)
                // The JPEG's two bytes of end-of-image are the one thing it can lose.
                if name == "a.jpg", length >= good.count - 2 { continue }
                #expect(throws: ImagingError.self, "\(name) of \(length) bytes") { _ = try ImageFile.read(path) }
            }
            for _ in 0..<250 {
                var flipped = good
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    flipped[Int.random(in: 0..<good.count, using: &random)] ^=
                        1 << UInt8.random(in: 0...7, using: &random)
                }
                let path = try folder.write(flipped, "flip-" + name)
                do {
                    let read = try ImageFile.read(path)
                    #expect(read.width > 0)
                    if name == "a.png" { #expect(read.withView(bytes) == picture.withView(bytes)) }
                } catch {
                    #expect("\(error)".contains("flip-"))
                }
            }
        }
    }
}

extension FileManager {
    fileprivate func contentsOfDirectory(_ path: String) -> [String] {
        (try? contentsOfDirectory(atPath: path)) ?? []
    }
}
