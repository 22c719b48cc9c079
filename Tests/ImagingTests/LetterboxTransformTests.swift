import Imaging
import Testing

@Suite("LetterboxTransform")
struct LetterboxTransformTests {
    private func transform(
        _ width: Int, _ height: Int, _ networkWidth: Int, _ networkHeight: Int, _ letterbox: Letterbox
    ) -> LetterboxTransform {
        LetterboxTransform(
            frameWidth: width, frameHeight: height, networkWidth: networkWidth, networkHeight: networkHeight,
            letterbox: letterbox)
    }

    @Test("geometry is that of the training code")
    func geometry() {
        let wide = transform(1280, 720, 640, 640, .centered)
        #expect([wide.left, wide.top, wide.scaledWidth, wide.scaledHeight] == [0, 140, 640, 360])
        let odd = transform(810, 1080, 640, 640, .centered)
        #expect([odd.left, odd.top, odd.scaledWidth, odd.scaledHeight] == [80, 0, 480, 640])
        // 500 x 375 becomes 640 x 480; a border of 80.5 rows would be split 80 above, 81 below.
        let uneven = transform(500, 375, 640, 641, .centered)
        #expect([uneven.top, uneven.scaledHeight] == [80, 480])
        let yolox = transform(1920, 1080, 416, 416, .topLeft)
        #expect([yolox.left, yolox.top, yolox.scaledWidth, yolox.scaledHeight] == [0, 0, 416, 234])
        let stretched = transform(480, 360, 640, 384, .stretch)
        #expect([stretched.scaledWidth, stretched.scaledHeight] == [640, 384])
        let extreme = transform(16384, 1, 32, 32, .centered)
        #expect([extreme.scaledWidth, extreme.scaledHeight] == [32, 1])
    }

    @Test("corners of the frame are corners of the scaled picture, and both directions undo each other")
    func inverse() {
        var random = TestPictures.Random(seed: 9)
        for _ in 0..<500 {
            let (width, height) = (Int.random(in: 1...4000, using: &random), Int.random(in: 1...3000, using: &random))
            let (a, b) = (Int.random(in: 1...1000, using: &random), Int.random(in: 1...1000, using: &random))
            for letterbox in [Letterbox.centered, .topLeft, .stretch] {
                let t = transform(width, height, a, b, letterbox)
                #expect(t.left >= 0 && t.top >= 0 && t.left + t.scaledWidth <= a && t.top + t.scaledHeight <= b)
                #expect(t.networkX(frameX: 0) == Double(t.left))
                #expect(t.networkX(frameX: Double(width)) == Double(t.left + t.scaledWidth))
                #expect(t.networkY(frameY: Double(height)) == Double(t.top + t.scaledHeight))
                #expect(t.frameX(networkX: Double(t.left + t.scaledWidth)) == Double(width))
                let (x, y) = (Double.random(in: 0...4000, using: &random), Double.random(in: 0...4000, using: &random))
                #expect(abs(t.frameX(networkX: t.networkX(frameX: x)) - x) < 1e-9 * 4000 * Double(max(width, 1)))
                #expect(abs(t.frameY(networkY: t.networkY(frameY: y)) - y) < 1e-9 * 4000 * Double(max(height, 1)))
            }
        }
    }
}
