import Imaging
import Testing

@Suite("Canvas")
struct CanvasTests {
    private func picture(_ format: PixelFormat, _ width: Int = 64, _ height: Int = 48) throws -> ImageBuffer {
        try TestPictures.flat(
            ImageDescription(width: width, height: height, format: format, color: .jpeg),
            planes: format == .rgb24 ? [100] : [100, 128, 128])
    }

    /// Draws, and returns the luma or red of each pixel.
    private func drawn(
        _ format: PixelFormat, _ width: Int = 64, _ height: Int = 48, _ draw: (Canvas) -> Void
    ) throws -> [[Int]] {
        var buffer = try picture(format, width, height)
        return try buffer.withMutableView { view throws(ImagingError) in
            draw(try Canvas(view))
            let step = format == .rgb24 ? 3 : 1
            return (0..<height).map { y in (0..<width).map { Int(view.plane(0).row(y)[$0 * step]) } }
        }
    }

    @Test("a filled rectangle covers exactly its pixels and is clipped", arguments: [PixelFormat.rgb24, .yuv420p])
    func fill(format: PixelFormat) throws {
        let pixels = try drawn(format) {
            $0.fill(PixelRegion(left: 3, top: 5, right: 11, bottom: 8), color: .white)
            $0.fill(PixelRegion(left: 60, top: -5, right: 1000, bottom: 2), color: .black)
        }
        for y in 0..<48 {
            for x in 0..<64 {
                let expected = 3..<11 ~= x && 5..<8 ~= y ? 255 : 60... ~= x && y < 2 ? 0 : 100
                #expect(pixels[y][x] == expected)
            }
        }
    }

    @Test("opacity mixes linearly, and 0 changes nothing", arguments: [PixelFormat.rgb24, .yuv420p])
    func opacity(format: PixelFormat) throws {
        let region = PixelRegion(left: 0, top: 0, right: 8, bottom: 8)
        for (opacity, expected) in [(0.0, 100), (0.25, 139), (0.5, 178), (1.0, 255)] {
            let pixels = try drawn(format) { $0.fill(region, color: .white, opacity: opacity) }
            #expect(pixels[4][4] == expected && pixels[9][9] == 100)
        }
    }

    @Test("chroma follows the share of its block that is covered")
    func chroma() throws {
        var buffer = try picture(.yuv420p)
        let red = DrawingColor(red: 255, green: 0, blue: 0)
        try buffer.withMutableView { view throws(ImagingError) in
            let canvas = try Canvas(view)
            canvas.fill(PixelRegion(left: 4, top: 4, right: 8, bottom: 7), color: red)
            let v = view.plane(2)
            #expect(v.row(2)[2] == 255 && v.row(3)[2] == 192 && v.row(2)[4] == 128 && v.row(1)[2] == 128)
            canvas.fill(PixelRegion(left: 21, top: 21, right: 22, bottom: 22), color: red)
            #expect(v.row(10)[10] == 160)
        }
    }

    @Test("an outline leaves its inside alone; thin ones fill up", arguments: [PixelFormat.rgb24, .yuv420p])
    func outline(format: PixelFormat) throws {
        let pixels = try drawn(format) {
            $0.outline(PixelRegion(left: 10, top: 10, right: 30, bottom: 25), color: .white, thickness: 2)
            $0.outline(PixelRegion(left: 40, top: 10, right: 43, bottom: 13), color: .white, thickness: 5)
        }
        let lit = pixels.map { $0.map { $0 == 255 } }
        let inFirst = Array(lit[10..<25].map { $0[10..<30] }.joined()).count { $0 }
        #expect(inFirst == 20 * 15 - 16 * 11)
        #expect(lit[11][20] && !lit[12][20] && lit[12][11] && !lit[12][12])
        #expect(lit[10..<13].allSatisfy { $0[40..<43].allSatisfy { $0 } })
        let all = Array(lit.joined()).count { $0 }
        #expect(all == inFirst + 9)
    }

    @Test("every printable character differs from every other, at each size")
    func letters() throws {
        for scale in 1...3 {
            var seen: [[Int]: Character] = [:]
            for code in UInt8(32)...126 {
                let character = Character(UnicodeScalar(code))
                let pixels = try drawn(.rgb24, 24, 32) {
                    $0.text(String(character), x: 2, y: 2, color: .white, scale: scale)
                }
                let flat = Array(pixels.joined())
                #expect(seen[flat] == nil, "\(character) looks like \(seen[flat] ?? "?") at \(scale)")
                seen[flat] = character
                let lit = flat.count { $0 == 255 }
                #expect(code == 32 ? lit == 0 : lit >= 2 * scale * scale)
            }
        }
    }

    @Test("text takes the room it says, and a label contrasts with its box")
    func label() throws {
        for scale in 1...3 {
            let size = Canvas.size(of: "car 0.87", scale: scale)
            let pixels = try drawn(.yuv420p, 200, 48) { $0.text("car 0.87", x: 3, y: 4, color: .white, scale: scale) }
            let columns = (0..<200).filter { x in pixels.contains { $0[x] != 100 } }
            #expect(columns.allSatisfy { 3..<3 + size.width ~= $0 })
            #expect(columns.last.map { $0 >= 3 + size.width - 2 * scale } ?? false)
        }
        #expect(DrawingColor(red: 255, green: 230, blue: 0).contrasting == .black)
        #expect(DrawingColor(red: 0, green: 0, blue: 160).contrasting == .white)
        #expect(Set((0..<80).map(DrawingColor.distinct)).count == 80)
    }

    @Test("a line covers the area of its length and thickness, at any angle", arguments: [PixelFormat.rgb24, .yuv420p])
    func lines(format: PixelFormat) throws {
        for (end, length) in [((50.0, 10.0), 40.0), ((10, 40), 30), ((40, 40), 42.43), ((50, 27), 43.46)] {
            let pixels = try drawn(format) {
                $0.polyline([.init(x: 10, y: 10), .init(x: end.0, y: end.1)], color: .white, thickness: 3)
            }
            let covered = pixels.joined().reduce(0.0) { $0 + Double($1 - 100) / 155 }
            // Two half discs at the ends.
            #expect(abs(covered - (length * 3 + 7.07)) < length * 0.15, "\(covered) for \(length)")
        }
        let clipped = try drawn(format) {
            $0.polyline(
                [.init(x: -1e5, y: -50), .init(x: 1e5, y: 90), .init(x: .nan, y: 3)], color: .white, thickness: 4)
            $0.polyline([.init(x: -100, y: -100), .init(x: -50, y: -60)], color: .white, thickness: 4)
        }
        #expect(clipped.joined().contains(255))
    }

    @Test("a polygon covers its area", arguments: [PixelFormat.rgb24, .yuv420p])
    func polygon(format: PixelFormat) throws {
        let pixels = try drawn(format) {
            $0.polygon([.init(x: 5, y: 5), .init(x: 45, y: 10), .init(x: 20, y: 40)], color: .white)
        }
        let covered = pixels.joined().reduce(0.0) { $0 + Double($1 - 100) / 155 }
        #expect(abs(covered - 662.5) < 10)
    }

    @Test(
        "a mask tints what it names, through the letterbox; runs do the same", arguments: [PixelFormat.rgb24, .yuv420p])
    func masks(format: PixelFormat) throws {
        // A 64 x 48 frame on a 32 x 32 network: rows 4...27 of the mask show it.
        let transform = LetterboxTransform(
            frameWidth: 64, frameHeight: 48, networkWidth: 32, networkHeight: 32, letterbox: .centered)
        var mask = [UInt8](repeating: 0, count: 32 * 32)
        for y in 10..<20 { for x in 8..<16 { mask[y * 32 + x] = 2 } }
        mask[31] = 9
        let paints = [
            Canvas.MaskPaint(color: .white, opacity: 0), .init(color: .white, opacity: 1),
            .init(color: .white, opacity: 1),
        ]
        let dense = try drawn(format) { canvas in
            mask.withUnsafeBufferPointer {
                canvas.tint(mask: $0, width: 32, height: 32, transform: transform, paints: paints)
            }
        }
        for y in 0..<48 {
            for x in 0..<64 {
                let isTinted = 12..<32 ~= y && 16..<32 ~= x
                #expect(dense[y][x] == (isTinted ? 255 : 100))
            }
        }
        var runs: [Canvas.MaskRun] = []
        for value in mask {
            if runs.last?.value == value {
                runs[runs.count - 1].count += 1
            } else {
                runs.append(.init(value: value, count: 1))
            }
        }
        runs.append(.init(value: 1, count: .max))
        let fromRuns = try drawn(format) {
            $0.tint(runs: runs, width: 32, height: 32, transform: transform, paints: paints)
        }
        #expect(fromRuns == dense)
    }

    @Test("other formats are refused")
    func refused() throws {
        var buffer = try ImageBuffer(ImageDescription(width: 4, height: 4, format: .nv12))
        #expect(throws: ImagingError.self) {
            try buffer.withMutableView { view throws(ImagingError) in _ = try Canvas(view) }
        }
    }
}
