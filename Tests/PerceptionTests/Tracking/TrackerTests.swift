import Perception
import Testing

@Suite struct TrackerTests {
    private static let car = 2
    private static let truck = 7
    private static let person = 0

    private func box(x: Float, y: Float = 300, size: Float = 60) -> BoundingBox {
        BoundingBox(centerX: x, centerY: y, width: size, height: size)
    }

    private func tracker(_ options: TrackingOptions = .init()) throws -> Tracker {
        try Tracker(classNames: TrafficScene.classNames, options: options)
    }

    private func update(
        _ tracker: inout Tracker, seconds: Double, shift: CameraShift = .zero, _ found: (BoundingBox, Float, Int)...
    ) {
        var list = DetectionList(capacity: 16)
        for (box, score, classIndex) in found {
            list.append(Detection(box: box, score: score, classIndex: classIndex))
        }
        tracker.update(
            list, time: Int64((seconds * 1e9).rounded()), frameWidth: 1280, frameHeight: 720, cameraShift: shift)
    }

    @Test func anObjectKeepsItsIdentityAtIrregularFrameTimes() throws {
        var tracker = try tracker()
        var time = 0.0
        for step in [0.033, 0.033, 0.2, 0.05, 0.3, 0.033, 0.1, 0.25, 0.033, 0.15] {
            time += step
            update(&tracker, seconds: time, (box(x: Float(200 + 300 * time)), 0.9, Self.car))
        }
        #expect(tracker.count == 1)
        #expect(tracker[0].id == 1)
        #expect(tracker[0].state == .confirmed)
        #expect(abs(tracker.velocity(of: tracker[0]).x - 300) < 20)
    }

    @Test func aTrackIsToldOnlyOnceItHasEvidence() throws {
        var tracker = try tracker()
        update(&tracker, seconds: 0, (box(x: 100), 0.45, Self.car))
        #expect(tracker[0].state == .tentative)
        #expect(tracker.isShown(tracker[0]) == false)
        update(&tracker, seconds: 0.05, (box(x: 100), 0.45, Self.car))
        #expect(tracker[0].state == .tentative)
        update(&tracker, seconds: 0.1, (box(x: 100), 0.45, Self.car))
        #expect(tracker[0].state == .confirmed)
        #expect(tracker.isShown(tracker[0]) == true)
    }

    @Test func aLoneFalseDetectionIsForgotten() throws {
        var tracker = try tracker()
        update(&tracker, seconds: 0, (box(x: 100), 0.6, Self.car))
        update(&tracker, seconds: 0.1)
        #expect(tracker.count == 1)
        update(&tracker, seconds: 0.2)
        #expect(tracker.count == 0)
    }

    @Test func anObjectThatIsHiddenForAWhileComesBackAsItself() throws {
        var tracker = try tracker()
        for frame in 0..<20 {
            update(&tracker, seconds: Double(frame) * 0.05, (box(x: 200 + 5 * Float(frame)), 0.9, Self.car))
        }
        for frame in 20..<34 { update(&tracker, seconds: Double(frame) * 0.05) }
        #expect(tracker[0].state == .coasting)
        #expect(tracker.isShown(tracker[0]) == false)
        update(&tracker, seconds: 34 * 0.05, (box(x: 200 + 5 * 34), 0.9, Self.car))
        #expect(tracker.count == 1)
        #expect(tracker[0].id == 1)
        #expect(tracker[0].state == .confirmed)
    }

    @Test func aCoastingTrackIsShownForAShortTimeAtItsPredictedPlace() throws {
        var tracker = try tracker()
        for frame in 0..<20 {
            update(&tracker, seconds: Double(frame) * 0.05, (box(x: 200 + 10 * Float(frame)), 0.9, Self.car))
        }
        update(&tracker, seconds: 1.05)
        #expect(tracker[0].state == .coasting)
        #expect(tracker.isShown(tracker[0]) == true)
        #expect(abs(tracker[0].box.centerX - (200 + 10 * 21)) < 6)
    }

    @Test func aDoubtfulDetectionProlongsATrackButBeginsNone() throws {
        var tracker = try tracker()
        update(&tracker, seconds: 0, (box(x: 100), 0.9, Self.car))
        update(&tracker, seconds: 0.05, (box(x: 100), 0.9, Self.car))
        update(&tracker, seconds: 0.1, (box(x: 100), 0.15, Self.car), (box(x: 600), 0.15, Self.car))
        #expect(tracker.count == 1)
        #expect(tracker[0].state == .confirmed)
        #expect(tracker[0].detectionCount == 3)
    }

    @Test func classesThatNetworksConfuseShareATrackAndTheLabelStaysCalm() throws {
        var tracker = try tracker()
        for frame in 0..<12 {
            update(&tracker, seconds: Double(frame) * 0.05, (box(x: 300), 0.8, frame % 4 == 3 ? Self.car : Self.truck))
        }
        #expect(tracker.count == 1)
        #expect(tracker[0].classIndex == Self.truck)
    }

    @Test func aPersonNeverBecomesACar() throws {
        var tracker = try tracker()
        for frame in 0..<4 { update(&tracker, seconds: Double(frame) * 0.05, (box(x: 300), 0.9, Self.car)) }
        for frame in 4..<8 { update(&tracker, seconds: Double(frame) * 0.05, (box(x: 300), 0.9, Self.person)) }
        #expect(tracker.count == 2)
    }

    @Test func twoOpinionsOnOneObjectMakeOneTrack() throws {
        var tracker = try tracker()
        for frame in 0..<5 {
            update(
                &tracker, seconds: Double(frame) * 0.05, (box(x: 300), 0.8, Self.truck), (box(x: 302), 0.5, Self.car))
        }
        #expect(tracker.count == 1)
    }

    @Test func theCamerasNoddingIsTakenOut() throws {
        func identities(usingShift: Bool) throws -> Set<UInt64> {
            var tracker = try tracker()
            var ids: Set<UInt64> = []
            for frame in 0..<12 {
                // Twenty pixels up and down, a whole small box each time.
                let nod: Float = frame % 2 == 0 ? 0 : 40
                let shift = CameraShift(x: 0, y: frame == 0 ? 0 : frame % 2 == 0 ? -40 : 40, deviation: 0.3)
                update(
                    &tracker, seconds: Double(frame) * 0.1, shift: usingShift ? shift : .zero,
                    (box(x: 400, y: 300 + nod, size: 18), 0.9, Self.car))
                for index in 0..<tracker.count { ids.insert(tracker[index].id) }
            }
            return ids
        }
        #expect(try identities(usingShift: true).count == 1)
        #expect(try identities(usingShift: false).count > 1)
    }

    @Test func theForecastLiesWhereTheObjectWillBe() throws {
        var tracker = try tracker()
        for frame in 0..<30 {
            update(&tracker, seconds: Double(frame) * 0.04, (box(x: 200 + 8 * Float(frame), size: 80), 0.9, Self.car))
        }
        let box = tracker.forecast(tracker[0], seconds: 0.1)
        #expect(abs(box.centerX - (200 + 8 * 29 + 20)) < 2)
        #expect(abs(box.width - 80) < 2)
    }

    @Test func aDriveThatBeginsAgainStartsWithNewIdentities() throws {
        var tracker = try tracker()
        for frame in 0..<4 { update(&tracker, seconds: 10 + Double(frame) * 0.05, (box(x: 300), 0.9, Self.car)) }
        update(&tracker, seconds: 0, (box(x: 300), 0.9, Self.car))
        #expect(tracker.count == 1)
        #expect(tracker[0].id == 2)
    }

    @Test func moreObjectsThanRoomLoseNoneThatIsThere() throws {
        var tracker = try tracker(TrackingOptions(maximumTracks: 4, maximumDetections: 8))
        for frame in 0..<5 {
            var list = DetectionList(capacity: 16)
            for place in 0..<12 {
                list.append(Detection(box: box(x: 60 + 100 * Float(place)), score: 0.9, classIndex: Self.car))
            }
            tracker.update(list, time: Int64(frame) * 50_000_000, frameWidth: 1280, frameHeight: 720)
        }
        #expect(tracker.count == 4)
        #expect((0..<4).map { tracker[$0].id } == [1, 2, 3, 4])
    }

    @Test func optionsOutOfRangeAreRefused() {
        #expect(throws: PerceptionError.self) { _ = try self.tracker(TrackingOptions(highScore: 0.2, lowScore: 0.5)) }
        #expect(throws: PerceptionError.self) { _ = try self.tracker(TrackingOptions(maximumTracks: 0)) }
    }
}
