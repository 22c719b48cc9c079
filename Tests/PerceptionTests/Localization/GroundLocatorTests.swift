import Calibration
@testable import Perception
import Testing

/// Places on the ground against the truth of simulated traffic (see ``TrafficScene``).
@Suite struct GroundLocatorTests {
    struct Errors {
        /// Shares of the true distance, up to 40 m.
        var near: [Double] = []
        /// Errors by their stated deviations.
        var distance: [Double] = []
        var left: [Double] = []
        var velocity: [Double] = []
        var pitch: [Double] = []

        static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

        static func variance(_ values: [Double]) -> Double {
            values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
        }
    }

    private func errors(_ name: String, pitchError: Double = 0, usingShift: Bool = true) throws -> Errors {
        let scene = try TrafficScene(name)
        var tracker = try Tracker(classNames: TrafficScene.classNames)
        var locator = try GroundLocator(
            plane: scene.plane(pitchError: pitchError), classNames: TrafficScene.classNames)
        var errors = Errors()
        for (number, frame) in scene.frames.enumerated() {
            let list = scene.list(frame)
            let shift = usingShift ? frame.shift : .zero
            tracker.update(
                list, time: frame.time, frameWidth: scene.width, frameHeight: scene.height, cameraShift: shift)
            locator.update(
                tracker, detections: list, time: frame.time, frameWidth: scene.width, frameHeight: scene.height,
                cameraShift: shift)
            for index in 0..<tracker.count where tracker.isShown(tracker[index]) {
                let track = tracker[index]
                guard let place = locator.location(ofTrack: track.id),
                    let truth = frame.truth.max(by: {
                        $0.box.intersectionOverUnion(with: track.box) < $1.box.intersectionOverUnion(with: track.box)
                    }), truth.box.intersectionOverUnion(with: track.box) > 0.5
                else { continue }
                let error = Double(place.distance) - truth.distance
                if truth.distance < 40 { errors.near.append(abs(error) / truth.distance) }
                errors.distance.append(error / Double(place.distanceDeviation))
                errors.left.append((Double(place.left) - truth.left) / Double(place.leftDeviation))
                errors.velocity.append(
                    (Double(place.velocityForward) - truth.velocityForward) / Double(place.velocityForwardDeviation))
            }
            if number > 20 {
                let pitch = locator.pitchDegrees
                errors.pitch.append((pitch.value - frame.pitchDegrees) / pitch.deviation)
            }
        }
        return errors
    }

    @Test(arguments: ["crossing", "braking", "irregular"])
    func distancesAreRightWithinFivePerCentAndTheirDeviationsHonest(_ name: String) throws {
        let errors = try errors(name)
        #expect(errors.near.count > 300)
        #expect(Errors.median(errors.near) < 0.05)
        #expect((0.2...2).contains(Errors.variance(errors.distance)), "\(Errors.variance(errors.distance))")
        #expect((0.1...2.5).contains(Errors.variance(errors.velocity)), "\(Errors.variance(errors.velocity))")
        #expect((0.1...2).contains(Errors.variance(errors.pitch)), "\(Errors.variance(errors.pitch))")
    }

    @Test(arguments: ["crossing", "braking", "irregular"])
    func aMountingThatIsWrongByHalfADegreeIsFoundOut(_ name: String) throws {
        let errors = try errors(name, pitchError: 0.5)
        #expect(Errors.median(errors.near) < 0.08)
        #expect((0.2...2).contains(Errors.variance(errors.distance)), "\(Errors.variance(errors.distance))")
    }

    @Test func withoutTheCamerasMotionTheDeviationsGrowInstead() throws {
        let errors = try errors("braking", usingShift: false)
        #expect(Errors.median(errors.near) < 0.08)
        #expect(Errors.variance(errors.distance) < 2)
    }

    // MARK: - Single boxes

    private static let plane = try? GroundPlane(
        model: CameraModel(width: 1280, height: 720, fx: 1150, fy: 1150, cx: 639.5, cy: 359.5),
        mounting: Mounting(heightMetres: 1.3, xMetres: 1.5, deviations: .exact))

    /// The place that a box leads to when it stays where it is for half a second.
    private func place(of box: BoundingBox, classIndex: Int = 2, others: [BoundingBox] = []) throws -> GroundLocation? {
        var tracker = try Tracker(classNames: TrafficScene.classNames)
        var locator = try GroundLocator(plane: #require(Self.plane), classNames: TrafficScene.classNames)
        var list = DetectionList(capacity: 8)
        list.append(Detection(box: box, score: 0.9, classIndex: classIndex))
        for other in others { list.append(Detection(box: other, score: 0.9, classIndex: 2)) }
        for frame in 0..<10 {
            let time = Int64(frame) * 50_000_000
            tracker.update(list, time: time, frameWidth: 1280, frameHeight: 720)
            locator.update(tracker, detections: list, time: time, frameWidth: 1280, frameHeight: 720)
        }
        return locator.location(ofTrack: 1)
    }

    /// The box of a car whose wheels stand `distance` metres before the camera.
    private func car(at distance: Float, left: Float = 0, height: Float = 1.54) -> BoundingBox {
        let scale = 1150 / distance
        return BoundingBox(
            x1: 640 - (left + 0.9) * scale, y1: 360 + (1.3 - height) * scale, x2: 640 - (left - 0.9) * scale,
            y2: 360 + 1.3 * scale)
    }

    @Test(arguments: [8, 15, 30, 45] as [Float])
    func aCarStandsWhereItsWheelsTouchTheRoad(_ distance: Float) throws {
        let place = try #require(try place(of: car(at: distance, left: 2)))
        // The bumper is nearer than the wheels; the camera sits 1.5 m before the origin.
        let expected = distance - 0.85 + 1.5
        #expect(abs(place.forward - expected) < 0.06 * distance)
        #expect(abs(place.left - 2) < 0.1 * distance / 10 + 0.1)
        #expect(place.distance >= place.forward)
        #expect(abs(place.velocityForward) < 2)
    }

    @Test func aBoxCutByThePicturesLowerEdgeIsNotTakenForAFoot() throws {
        var box = car(at: 4)
        #expect(box.y2 < 740)
        box.y2 = 720
        let place = try place(of: box)
        if let place { #expect(abs(place.forward - (4 - 0.85 + 1.5)) < 3 * place.forwardDeviation) }
    }

    @Test func aCarWhoseWheelsBecomeHiddenStaysWhereItWas() throws {
        var tracker = try Tracker(classNames: TrafficScene.classNames)
        var locator = try GroundLocator(plane: #require(Self.plane), classNames: TrafficScene.classNames)
        var list = DetectionList(capacity: 8)
        for frame in 0..<20 {
            list.removeAll()
            var box = car(at: 30)
            if frame >= 10 {
                // The foot alone would say 50 m now.
                box.y2 -= 20
                list.append(Detection(box: car(at: 15, left: 0.8), score: 0.9, classIndex: 2))
            }
            list.append(Detection(box: box, score: 0.9, classIndex: 2))
            let time = Int64(frame) * 50_000_000
            tracker.update(list, time: time, frameWidth: 1280, frameHeight: 720)
            locator.update(tracker, detections: list, time: time, frameWidth: 1280, frameHeight: 720)
        }
        let found = locator.location(ofTrack: 1)
        let place = try #require(found)
        let expected: Float = 30 - 0.85 + 1.5
        #expect(abs(place.forward - expected) < 4, "\(place)")
    }

    @Test func anotherMountingIsTakenFromTheNextFrameOn() throws {
        var locator = try GroundLocator(plane: #require(Self.plane), classNames: TrafficScene.classNames)
        var mounting = locator.plane.mounting
        mounting.pitchDegrees = 1.2
        mounting.yawDegrees = -0.7
        mounting.deviations.pitchDegrees = 0.1
        mounting.deviations.yawDegrees = 0.15
        locator.remount(mounting)
        let pitch = locator.pitchDegrees
        #expect(abs(pitch.value - 1.2) < 1e-9)
        #expect(locator.plane.mounting == mounting)
        // The mounting's deviation, the nodding's, and what always remains.
        let (nodding, least) = (locator.options.noddingDegrees, GroundLocator.leastPitchDeviation)
        #expect(abs(pitch.deviation - (nodding * nodding + least * least + 0.01).squareRoot()) < 1e-6)
    }

    @Test func whatDoesNotStandOnTheRoadHasNoMetres() throws {
        #expect(try place(of: BoundingBox(x1: 600, y1: 100, x2: 630, y2: 180), classIndex: 9) == nil)
    }
}
