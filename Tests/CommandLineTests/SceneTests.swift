import Foundation
import ONNX
import TestSupport
import Testing

/// Identities and metres from a drive to a subscriber.
@Suite("sightline replay --calibration", .serialized)
struct SceneTests {
    private let folder: TemporaryFolder
    private let drive: String
    private let networks: [String]

    init() throws {
        let inputs = try ReplayInputs()
        (folder, drive, networks) = (inputs.folder, inputs.drive, inputs.networks)
    }

    /// A camera before whose 128x64 pictures the network's box is a car of 1.54 m, 4.8 m away.
    private func camera(mounting: String = "extrinsics: {height_m: 1.3, pitch_deg: 6.3}\n", width: Int = 128) throws
        -> String
    {
        let path = folder.file("camera.yaml")
        let text = """
            image_width: \(width)
            image_height: 64
            camera_name: test
            camera_matrix: {rows: 3, cols: 3, data: [100, 0, 63.5, 0, 100, 31.5, 0, 0, 1]}
            distortion_model: plumb_bob
            distortion_coefficients: {rows: 1, cols: 5, data: [0, 0, 0, 0, 0]}

            """
        try Data((text + mounting).utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func received(_ topics: [String], _ options: [String], count: Int = 40) throws -> [[String: Any]] {
        let subscriber = try SightlineProcess(
            ["subscribe"] + topics + ["--json", "--count", "\(count)"], runtimeDirectory: folder.path)
        let replay = try SightlineProcess(
            ["replay", drive, "--loop"] + networks + options, runtimeDirectory: folder.path)
        let outcome = subscriber.finish()
        replay.process.terminate()
        let replayed = replay.finish()
        #expect(replayed.status == 0, "\(replayed.errors)")
        return try outcome.objects()
    }

    private func number(_ object: [String: Any]?, _ key: String) -> Double? {
        (object?[key] as? NSNumber)?.doubleValue
    }

    @Test("a calibrated camera gives identities, metres with their deviations, and free space in metres")
    func metres() throws {
        let objects = try received(["tracks", "detections", "road"], ["--calibration", camera()], count: 60)
        let tracks = objects.compactMap { ($0["tracks"] as? [[String: Any]])?.first }
        #expect(tracks.count > 10)
        #expect(Set(tracks.compactMap { ($0["track_id"] as? NSNumber)?.intValue }) == [1])
        let last = try #require(tracks.last { $0["state"] as? String == "confirmed" })
        let distance = try #require(number(last, "distance_m"))
        let deviation = try #require(number(last, "distance_sd_m"))
        #expect((3.5...6).contains(distance), "\(distance)")
        #expect(deviation > 0.02 && deviation < distance / 2)
        #expect(last["forecast_box"] is [NSNumber])
        let detections = objects.compactMap { ($0["detections"] as? [[String: Any]])?.first }
        let detection = try #require(detections.last)
        #expect(number(detection, "track_id") == 1)
        #expect(number(detection, "distance_m") != nil)
        let road = try #require(objects.compactMap { $0["road"] as? [String: Any] }.last)
        let space = try #require(road["free_space"] as? [String: Any])
        #expect((space["distance_m"] as? [NSNumber])?.isEmpty == false)
        #expect((road["drivable_outline"] as? [[NSNumber]])?.count ?? 0 >= 4)
    }

    @Test("without a calibration there are identities, but no metres")
    func picturesOnly() throws {
        let objects = try received(["tracks", "road"], [])
        let tracks = objects.compactMap { ($0["tracks"] as? [[String: Any]])?.first }
        let track = try #require(tracks.last)
        #expect(number(track, "track_id") == 1)
        #expect(track["distance_m"] is NSNull)
        let space = objects.compactMap { ($0["road"] as? [String: Any])?["free_space"] as? [String: Any] }.last
        #expect(space?["distance_m"] is NSNull)
    }

    @Test("what is learnt of the mounting is kept where it is told; what cannot be read is said in one line")
    func state() throws {
        let state = folder.file("camera.online.yaml")
        try Data("blocks: [\n".utf8).write(to: URL(fileURLWithPath: state))
        func replay(_ options: [String]) throws -> SightlineProcess.Outcome {
            try SightlineProcess.run(
                ["replay", drive, "--lockstep", "--quiet", "--json", "--calibration", camera()] + options + networks)
        }
        let damaged = try replay(["--calibration-state", state])
        #expect(damaged.status == 0)
        #expect(damaged.errors.contains(state) && damaged.errors.contains("starts anew"), "\(damaged.errors)")
        let calibration = try #require(damaged.objects().first?["calibration"] as? [String: Any])
        #expect(number(calibration, "pitch_deg") == 6.3 && number(calibration, "stretches") == 0)
        let fixed = try replay([])
        #expect(fixed.status == 0 && !fixed.errors.contains("starts anew"), "\(fixed.errors)")
        #expect(try fixed.objects().first?["calibration"] is NSNull)
    }

    @Test("a camera file that is missing, not mounted or of another shape is refused in one line")
    func refusals() throws {
        func refusal(_ path: String) throws -> SightlineProcess.Outcome {
            try SightlineProcess.run(["replay", drive, "--quiet", "--calibration", path] + networks)
        }
        let missing = try refusal(folder.file("none.yaml"))
        #expect(missing.status == 2 && missing.errors.contains("none.yaml"), "\(missing.errors)")
        let unmounted = try refusal(camera(mounting: ""))
        #expect(unmounted.status == 2 && unmounted.errors.contains("extrinsics"), "\(unmounted.errors)")
        let another = try refusal(camera(width: 200))
        #expect(another.status == 2, "\(another.errors)")
        for outcome in [missing, unmounted, another] {
            #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
        }
    }
}
