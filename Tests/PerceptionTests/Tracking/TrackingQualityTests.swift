import CAllocationCounter
import Perception
import Testing

@Suite struct TrackingQualityTests {
    /// What ByteTrack (PyPI supervision 0.26.1, its defaults) reaches on the same detections, scored by motmetrics 1.4.0:
    /// `Benchmarks/tracking/compare.py` with the committed scenes.
    static let byteTrack: [(scene: String, idf1: Double, mota: Double)] = [
        ("braking", 0.7797, 0.7405), ("crossing", 0.9071, 0.8772), ("irregular", 0.7332, 0.6836),
    ]

    @Test(arguments: byteTrack)
    func tracksAreAtLeastAsGoodAsByteTracks(_ scene: String, _ idf1: Double, _ mota: Double) throws {
        let traffic = try TrafficScene(scene)
        let truth = traffic.frames.map { $0.truth.map { TrackedBox(id: $0.id, box: $0.box) } }
        let score = TrackingScore(truth: truth, tracks: try traffic.tracks())
        #expect(score.idf1 >= idf1, "IDF1 \(score.idf1)")
        #expect(score.mota >= mota, "MOTA \(score.mota)")
    }

    @Test func perfectTracksScoreOne() throws {
        let truth = try TrafficScene("crossing").frames.map { $0.truth.map { TrackedBox(id: $0.id, box: $0.box) } }
        let score = TrackingScore(truth: truth, tracks: truth)
        #expect(score.idf1 == 1)
        #expect(score.mota == 1)
    }

    @Test(.enabled(if: sightline_allocations_available() != 0, "the sanitizer has an allocator of its own"))
    func trackingAndLocatingAllocateNothing() throws {
        let scene = try TrafficScene("crossing")
        var tracker = try Tracker(classNames: TrafficScene.classNames)
        var locator = try GroundLocator(plane: scene.plane(), classNames: TrafficScene.classNames)
        var list = DetectionList(capacity: 256)
        var allocations: UInt64 = 0
        for frame in scene.frames {
            list.removeAll()
            for detection in frame.detections { list.append(detection) }
            sightline_allocations_begin()
            tracker.update(
                list, time: frame.time, frameWidth: scene.width, frameHeight: scene.height, cameraShift: frame.shift)
            locator.update(
                tracker, detections: list, time: frame.time, frameWidth: scene.width, frameHeight: scene.height,
                cameraShift: frame.shift)
            for index in 0..<tracker.count { _ = locator.location(ofTrack: tracker[index].id) }
            allocations += sightline_allocations_end()
        }
        #expect(allocations == 0)
    }
}
