import Calibration
import Foundation
import Perception
import Recording
import TestSupport
import Testing

import Runtime

/// Pitch and yaw learnt on the rendered drive: its masks are the road network's, its truth with a detector's noise the
/// detections. It bends for 7 s, brakes to a stand and drives off: about as unfit for the purpose as 21 s can be.
@Suite("Pitch and yaw learnt while driving")
struct OnlineCalibrationTests {
    /// What one pass over the drive gave.
    private struct Pass {
        /// Shares of the true distance, objects up to 40 m.
        var shares: [Double] = []
        var verdicts: [OnlineExtrinsics.Verdict: Int] = [:]

        var median: Double { shares.sorted()[shares.count / 2] }
    }

    /// One camera file's run.
    private final class Run {
        var tracker: Tracker
        let ground: RoadGround
        var detections = DetectionList(capacity: 128)
        var random = SeededGenerator(seed: 8)
        var pass = Pass()

        init(_ calibration: CameraCalibration, online: OnlineExtrinsics?) throws {
            tracker = try Tracker(classNames: RenderedDrive.classNames)
            ground = try RoadGround(
                calibration, classNames: RenderedDrive.classNames, online: online, width: 1280, height: 720)
        }

        func add(_ line: RenderedDrive.Line, after last: RenderedDrive.Line?, _ road: borrowing RoadScene) {
            detections.removeAll()
            var shown: [RenderedDrive.Object] = []
            for object in line.objects {
                guard let detection = object.detection(&random) else { continue }
                detections.append(detection)
                shown.append(object)
            }
            let shift = line.shift(after: last, &random)
            tracker.update(
                detections, time: line.timeNs, frameWidth: 1280, frameHeight: 720, cameraShift: shift)
            ground.locate(tracker, detections, shift: shift, time: line.timeNs)
            _ = ground.locate(road, time: line.timeNs)
            for (index, object) in shown.enumerated() where object.distanceM < 40 {
                guard let place = tracker.trackIndex(ofDetection: index),
                    let location = ground.locator.location(ofTrack: tracker[place].id)
                else { continue }
                pass.shares.append(abs(Double(location.forward) - object.distanceM) / object.distanceM)
            }
        }
    }

    /// Drives with several camera files at once, so that each mask is decoded once.
    private func drive(_ runs: [Run]) throws {
        let drive = try RenderedDrive()
        var last: RenderedDrive.Line?
        try drive.forEachFrame { line, road in
            for run in runs { run.add(line, after: last, road) }
            last = line
        }
    }

    private func calibration(pitchError: Double, yawError: Double) throws -> CameraCalibration {
        var calibration = try CameraCalibration(
            contentsOf: PythonScript.path(beside: #filePath, "../../calibration/cameras/rendered-drive.yaml"))
        calibration.mounting?.pitchDegrees += pitchError
        calibration.mounting?.yawDegrees += yawError
        calibration.mounting?.deviations = .measuredByHand
        return calibration
    }

    @Test("distances to 40 m are right within 8 % with a wrong camera file, and what is learnt is as sure as it says")
    func wrongFiles() throws {
        let files = try [(1.2, -1.0), (-1.2, 1.0)].map { try calibration(pitchError: $0.0, yawError: $0.1) }
        let first = try files.map { try Run($0, online: OnlineExtrinsics(mounting: #require($0.mounting))) }
        try drive(first)
        // The next run goes on from there.
        let second = try zip(files, first).map { try Run($0, online: $1.ground.observer?.online) }
        try drive(second)
        for (before, after) in zip(first, second) {
            let online = try #require(after.ground.observer?.online)
            #expect(before.pass.shares.count > 800 && after.pass.shares.count > 800)
            #expect(before.pass.median < 0.08 && after.pass.median < 0.08)
            // All that is seen is one bend's end before a red light, and it says so: nobody is told more than is known.
            let pitch = online.seenPitch.map { (error: $0.degrees - 2, deviation: $0.deviation) }
            let yaw = online.seenYaw.map { (error: $0.degrees, deviation: $0.deviation) }
            for seen in [pitch, yaw].compactMap({ $0 }) {
                #expect(abs(seen.error) < 2 * seen.deviation, "\(seen)")
            }
            let mounting = online.mounting
            #expect(abs(mounting.pitchDegrees - 2) < 2.5 * mounting.deviations.pitchDegrees, "\(mounting)")
            #expect(abs(mounting.yawDegrees) < 2.5 * mounting.deviations.yawDegrees, "\(mounting)")
        }
    }
}
