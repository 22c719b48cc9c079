import Perception
import TestSupport
import Testing

@Suite struct CameraMotionTests {
    private static let width = 1280
    private static let height = 720

    /// A picture of blocks of random brightness, moved by (x, y) pixels; one area moves differently.
    private static func picture(x: Int, y: Int, object: (x: Int, y: Int)? = nil) -> [UInt8] {
        var random = SeededGenerator(seed: 3)
        let cell = 24
        let columns = width / cell + 40
        let brightness = (0..<columns * columns).map { _ in UInt8.random(in: 20...235, using: &random) }
        func value(_ column: Int, _ row: Int) -> UInt8 {
            brightness[((row + 480) / cell % columns) * columns + (column + 480) / cell % columns]
        }
        var pixels = [UInt8](repeating: 0, count: width * height)
        for row in 0..<height {
            for column in 0..<width {
                let isObject = object != nil && (500..<780).contains(column) && (200..<400).contains(row)
                let shift: (x: Int, y: Int) = isObject ? object ?? (0, 0) : (x, y)
                pixels[row * width + column] = value(column - shift.x, row - shift.y)
            }
        }
        return pixels
    }

    private static func shift(
        from first: [UInt8], to second: [UInt8], isObject: (Float, Float) -> Bool = { _, _ in false }
    )
        -> CameraShift
    {
        var estimator = CameraMotionEstimator()
        var shift = CameraShift.zero
        for pixels in [first, second] {
            pixels.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return }
                let luma = LumaPlane(base: base, width: width, height: height, rowStride: width)
                shift = estimator.update(luma, isObject: isObject)
            }
        }
        return shift
    }

    @Test(arguments: [(0, 0), (8, 0), (-20, 12), (31, -17), (3, 2)])
    func theShiftOfADistantPictureIsFound(_ x: Int, _ y: Int) {
        let shift = Self.shift(from: Self.picture(x: 0, y: 0), to: Self.picture(x: x, y: y))
        #expect(shift.deviation != nil)
        // Hard edges, seen in a picture of a quarter of the size: less than half a pixel of that.
        #expect(abs(shift.x - Float(x)) < 1.6, "\(shift)")
        #expect(abs(shift.y - Float(y)) < 1.6, "\(shift)")
    }

    @Test func somethingThatMovesByItselfDoesNotCount() {
        let before = Self.picture(x: 0, y: 0, object: (0, 0))
        let after = Self.picture(x: 6, y: -4, object: (-24, 16))
        let shift = Self.shift(from: before, to: after)
        #expect(abs(shift.x - 6) < 1.6 && abs(shift.y + 4) < 1.6, "\(shift)")
    }

    @Test func theNearPictureChangesWhileDrivingAndNotWhileStanding() throws {
        let picture = Self.picture(x: 0, y: 0)
        #expect(Self.shift(from: picture, to: picture).changedShare == 0)
        // Something that moves by itself before a standing vehicle.
        let passing = Self.shift(
            from: Self.picture(x: 0, y: 0, object: (0, 0)), to: Self.picture(x: 0, y: 0, object: (-24, 16)),
            isObject: { x, y in x > 470 && x < 810 && y > 170 && y < 430 })
        #expect(try #require(passing.changedShare) < 0.01)
        let moved = Self.shift(from: picture, to: Self.picture(x: 8, y: 8))
        #expect(try #require(moved.changedShare) > 0.2)
    }

    @Test func aPictureWithoutTextureSaysNothing() {
        let grey = [UInt8](repeating: 120, count: Self.width * Self.height)
        #expect(Self.shift(from: grey, to: grey) == .zero)
    }

    @Test func anotherSizeBeginsAnew() {
        var estimator = CameraMotionEstimator()
        let pixels = Self.picture(x: 0, y: 0)
        pixels.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            let large = LumaPlane(base: base, width: Self.width, height: Self.height, rowStride: Self.width)
            let small = LumaPlane(base: base, width: 640, height: 360, rowStride: Self.width)
            #expect(estimator.update(large) { _, _ in false } == .zero)
            #expect(estimator.update(small) { _, _ in false } == .zero)
            #expect(estimator.update(small) { _, _ in false }.deviation != nil)
        }
    }
}
