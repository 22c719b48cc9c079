import Calibration
import Testing

@testable import Perception

/// Lanes that are painted into a mask by the camera's own geometry, and read back in metres.
@Suite struct LaneEstimatorTests {
    static let width = 640
    static let height = 360

    static func plane(pitch: Double = 1.5, yaw: Double = 0) throws -> GroundPlane {
        try GroundPlane(
            model: CameraModel(width: width, height: height, fx: 575, fy: 575, cx: 319.5, cy: 179.5),
            mounting: Mounting(heightMetres: 1.3, pitchDegrees: pitch, yawDegrees: yaw, deviations: .exact))
    }

    /// A scene whose mask shows lines `left(forward)`, ten centimetres or two pixels wide.
    static func scene(
        _ plane: GroundPlane, lines: [(Double) -> Double?], drivable: Bool = true
    ) throws -> RoadScene {
        let options = RoadOptions()
        var scene = RoadScene(width: width, height: height, options: options)
        for row in 0..<height {
            for column in 0..<width {
                let pixel = SIMD2(Double(column), Double(row))
                guard let point = plane.point(at: pixel), point.x < 70 else { continue }
                if drivable, abs(point.y) < 6 { scene.mask[row * width + column] |= RoadScene.drivableBit }
                let reach = max(0.06, point.x / 575)
                for line in lines {
                    if let left = line(point.x), abs(point.y - left) < reach {
                        scene.mask[row * width + column] |= RoadScene.laneBit
                    }
                }
            }
        }
        var tracer = LaneTracer(width: width, height: height)
        tracer.trace(&scene, options: options, mapping: FrameMapping(identityWidth: width, height: height))
        return scene
    }

    private static func estimate(
        _ lines: [(Double) -> Double?], pitch: Double = 1.5, assumedPitch: Double = 1.5, frames: Int = 5
    ) throws -> LaneEstimator {
        let scene = try scene(plane(pitch: pitch), lines: lines)
        let assumed = try plane(pitch: assumedPitch)
        var estimator = LaneEstimator()
        for frame in 0..<frames { estimator.update(scene, plane: assumed, time: Int64(frame) * 50_000_000) }
        return estimator
    }

    @Test func aStraightLaneHasItsWidthAndTheVehicleItsPlace() throws {
        let estimator = try Self.estimate([{ _ in 1.5 }, { _ in -2.1 }, { _ in 5.1 }])
        #expect(estimator.count == 3)
        #expect((0..<3).map { estimator[$0].side } == [.left, .egoLeft, .egoRight])
        let laneWidth = estimator.laneWidth
        let width = try #require(laneWidth)
        let lateralOffset = estimator.lateralOffset
        let offset = try #require(lateralOffset)
        #expect(abs(width - 3.6) < 0.08)
        // The lane's middle is 0.3 m to the right, so the vehicle is left of it.
        #expect(abs(offset - 0.3) < 0.08)
        #expect(estimator[1].confidence > 0.4)
    }

    @Test func aBendIsReadAsOne() throws {
        // A radius of 200 m.
        let estimator = try Self.estimate([{ 1.75 + $0 * $0 / 400 }, { -1.75 + $0 * $0 / 400 }])
        #expect(estimator.count == 2)
        for index in 0..<2 {
            let expected = (index == 0 ? 1.75 : -1.75) + 25.0 * 25 / 400
            #expect(abs(estimator[index].left(at: 25) - expected) < 0.3)
            #expect(abs(estimator[index].coefficients.z - 1 / 400) < 0.0008)
        }
    }

    @Test func dashesMakeOneBoundary() throws {
        let estimator = try Self.estimate([
            { 1.75 + 0 * $0 }, { $0.truncatingRemainder(dividingBy: 9) < 4 ? -1.75 : nil },
        ])
        #expect(estimator.count == 2)
        #expect(estimator[1].side == .egoRight)
        #expect(abs(estimator[1].left(at: 10) + 1.75) < 0.15)
        #expect(estimator[1].confidence < estimator[0].confidence)
    }

    @Test(arguments: [-0.6, 0.4, 0.8])
    func aPitchThatIsWrongShowsInLinesThatPart(_ error: Double) throws {
        let estimator = try Self.estimate(
            [{ _ in 1.8 }, { _ in -1.8 }], pitch: 1.5 + error, assumedPitch: 1.5)
        let pitchError = estimator.pitchError(cameraHeight: 1.3)
        let found = try #require(pitchError)
        #expect(abs(found.degrees - error) < 0.25, "\(found.degrees) instead of \(error)")
    }

    @Test func boundariesThatNoLongerShowAreForgotten() throws {
        let scene = try Self.scene(Self.plane(), lines: [{ _ in 1.8 }])
        let empty = try Self.scene(Self.plane(), lines: [])
        let plane = try Self.plane()
        var estimator = LaneEstimator()
        estimator.update(scene, plane: plane, time: 0)
        #expect(estimator.count == 1)
        let before = estimator[0].confidence
        estimator.update(empty, plane: plane, time: 300_000_000)
        #expect(estimator.count == 1)
        #expect(estimator[0].confidence < before)
        estimator.update(empty, plane: plane, time: 1_000_000_000)
        #expect(estimator.count == 0)
    }

    // MARK: - Free space

    @Test func freeSpaceEndsAtTheNearestObject() throws {
        var scene = try Self.scene(Self.plane(), lines: [])
        scene.content = PixelRectangle(x: 0, y: 0, width: Self.width, height: Self.height)
        // Road everywhere below row 200.
        for column in 0..<Self.width {
            scene.columns[column] = .init(x: Float(column) + 0.5, nearY: 360, farY: 200)
        }
        scene.columnCount = Self.width
        var profile = FreeSpaceProfile(maskWidth: Self.width)
        profile.update(scene)
        profile.block(BoundingBox(x1: 300, y1: 180, x2: 340, y2: 240))
        try profile.measure(on: Self.plane())
        #expect(profile.count == 80)
        for index in 0..<profile.count {
            let column = profile[index]
            let isBlocked = column.x >= 300 && column.x <= 340
            #expect(column.farY == (isBlocked ? 240 : 200))
            let point = try #require(Self.plane().point(at: SIMD2(Double(column.x) - 0.5, Double(column.farY) - 0.5)))
            let expected = (point.x * point.x + point.y * point.y).squareRoot()
            #expect(abs(Double(column.distance) - min(expected, 100)) < 0.01)
        }
    }

    @Test func theOutlineRunsClockwiseAndKeepsItsCorners() throws {
        var scene = try Self.scene(Self.plane(), lines: [])
        for column in 0..<Self.width {
            // A roof: rising to the middle, falling behind it.
            let far = 260 - Float(min(column, Self.width - column)) / 4
            scene.columns[column] = .init(x: Float(column) + 0.5, nearY: 350, farY: far)
        }
        scene.columnCount = Self.width
        var profile = FreeSpaceProfile(maskWidth: Self.width)
        profile.update(scene)
        var outline = DrivableOutline(columns: profile.count)
        outline.update(profile)
        #expect(outline.count == 5)
        var area: Float = 0
        for index in 0..<outline.count {
            let (a, b) = (outline[index], outline[(index + 1) % outline.count])
            area += a.x * b.y - b.x * a.y
        }
        // Positive where y points down and the way is clockwise.
        #expect(area > 0)
    }

    @Test func noRoadHasNoOutline() throws {
        var profile = FreeSpaceProfile(maskWidth: 64)
        var scene = RoadScene(width: 64, height: 32, options: .init())
        for column in 0..<64 { scene.columns[column] = .init(x: Float(column), nearY: 32, farY: 32) }
        scene.columnCount = 64
        profile.update(scene)
        var outline = DrivableOutline(columns: profile.count)
        outline.update(profile)
        #expect(outline.count == 0)
    }
}
