import Foundation
import Platform
import TestSupport
import Testing

@testable import Calibration

@Suite struct OnlineExtrinsicsTests {
    /// What somebody measured by hand, and where the camera really looks.
    private let filed = Mounting(heightMetres: 1.32, pitchDegrees: 2, yawDegrees: 0, rollDegrees: 0.5)
    private var actual: Mounting {
        var mounting = filed
        mounting.pitchDegrees = 2.4
        mounting.yawDegrees = -0.35
        return mounting
    }

    @Test func aVanishingPointGivesTheAnglesThatMadeIt() throws {
        for (pitch, yaw, roll) in [(2.0, 0.0, 0.0), (-1.5, 3.0, 0.0), (4.0, -2.5, 2.0)] {
            let mounting = Mounting(heightMetres: 1, pitchDegrees: pitch, yawDegrees: yaw, rollDegrees: roll)
            let forward = mounting.vehicleFromCamera.transposed * SIMD3(1, 0, 0)
            let angles = OnlineExtrinsics.angles(of: forward / forward.z, roll: roll)
            #expect((angles.pitch - pitch).magnitude < 1e-9)
            #expect((angles.yaw - yaw).magnitude < 1e-9)
        }
    }

    @Test func aMinuteOfStraightRoadGivesATenthOfADegree() throws {
        for seed in 1...5 {
            var drive = try SyntheticDrive(mounting: actual, seed: UInt64(seed))
            var online = OnlineExtrinsics(mounting: filed)
            #expect(online.stage == .collecting(share: 0))
            let verdicts = drive.run(0..<60, into: &online)
            #expect(verdicts[.accepted, default: 0] > 600, "\(verdicts)")
            #expect(online.stage == .calibrated)
            let (pitch, yaw) = (try #require(online.seenPitch), try #require(online.seenYaw))
            #expect((pitch.degrees - 2.4).magnitude < 0.1)
            #expect((yaw.degrees + 0.35).magnitude < 0.1)
            #expect((online.mounting.pitchDegrees - 2.4).magnitude < 0.1)
            #expect(online.mounting.deviations.pitchDegrees < 0.15)
            #expect((pitch.degrees - 2.4).magnitude < 4 * pitch.deviation)
            #expect(online.mounting.rollDegrees == 0.5 && online.remounts == 0)
        }
    }

    @Test func bendsTeachNothing() throws {
        var drive = try SyntheticDrive(mounting: actual, seed: 2)
        // A bend with a radius of 120 m for the first half minute, then straight.
        drive.curvature = { $0 < 30 ? 1 / 120.0 : 0 }
        var online = OnlineExtrinsics(mounting: filed)
        let verdicts = drive.run(0..<30, into: &online)
        #expect(verdicts[.accepted, default: 0] < 20, "\(verdicts)")
        #expect(online.blocks.isEmpty)
        drive.run(30..<90, into: &online)
        #expect(((try #require(online.seenYaw)).degrees + 0.35).magnitude < 0.1)
    }

    @Test func aTwistingRoadIsLearntFromWhereItIsStraight() throws {
        var drive = try SyntheticDrive(mounting: actual, seed: 3)
        // Left and right bends of 200 m, with straights between them.
        drive.curvature = { seconds in
            let place = seconds.truncatingRemainder(dividingBy: 30)
            return place < 8 ? 1 / 200.0 : place > 15 && place < 21 ? -1 / 250.0 : 0
        }
        var online = OnlineExtrinsics(mounting: filed)
        drive.run(0..<150, into: &online)
        #expect(online.stage == .calibrated)
        #expect(((try #require(online.seenPitch)).degrees - 2.4).magnitude < 0.12)
        #expect(((try #require(online.seenYaw)).degrees + 0.35).magnitude < 0.15)
    }

    @Test func standingTeachesNothing() throws {
        var drive = try SyntheticDrive(mounting: actual, seed: 4)
        var online = OnlineExtrinsics(mounting: filed)
        let verdicts = drive.run(0..<10, into: &online, speed: 2)
        #expect(Set(verdicts.keys) == [.tooSlow])
    }

    @Test func aMovedCameraIsNoticedAndLearntAnew() throws {
        var moved = actual
        moved.pitchDegrees = 3.6
        moved.yawDegrees = 0.9
        var drive = try SyntheticDrive(mounting: actual, seed: 5)
        drive.remount = (seconds: 60, mounting: moved)
        var online = OnlineExtrinsics(mounting: filed)
        drive.run(0..<60, into: &online)
        #expect(online.stage == .calibrated && online.drift == nil)
        drive.run(60..<75, into: &online)
        #expect(online.remounts == 1)
        drive.run(75..<120, into: &online)
        #expect(online.stage == .calibrated && online.remounts == 1)
        #expect((online.mounting.pitchDegrees - 3.6).magnitude < 0.1)
        #expect((online.mounting.yawDegrees - 0.9).magnitude < 0.1)
        let drift = try #require(online.drift)
        #expect((drift.pitchDegrees - 1.6).magnitude < 0.15)
        #expect(drift.description.contains("further down") && drift.description.contains("further left"))
    }

    @Test func aFileThatIsWrongRaisesTheAlarm() throws {
        var wrong = filed
        wrong.pitchDegrees = 0
        wrong.deviations.pitchDegrees = 0.2
        var drive = try SyntheticDrive(mounting: actual, seed: 6)
        var online = OnlineExtrinsics(mounting: wrong)
        drive.run(0..<60, into: &online)
        let drift = try #require(online.drift)
        #expect((drift.pitchDegrees - 2.4).magnitude < 0.1)
        // The file's certainty does not hold against what is seen.
        #expect((online.mounting.pitchDegrees - 2.4).magnitude < 0.1)
    }

    @Test func aSavedStateGoesOnWhereItStopped() throws {
        var drive = try SyntheticDrive(mounting: actual, seed: 7)
        var online = OnlineExtrinsics(mounting: filed)
        drive.run(0..<40, into: &online)
        let path = NSTemporaryDirectory() + "sightline-online-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try online.save(to: path)
        let restored = try OnlineExtrinsics(restoring: path, mounting: filed)
        #expect(restored.blocks == online.blocks && restored.mounting == online.mounting)
        #expect(restored.stage == .calibrated)
        // Another file, another mounting.
        var other = filed
        other.pitchDegrees = 5
        #expect(try OnlineExtrinsics(restoring: path, mounting: other).blocks.isEmpty)
        #expect(throws: CalibrationError.self) {
            try OnlineExtrinsics(
                restoring: try YAMLNode(parsing: "blocks: 3", file: "state.yaml"), mounting: filed, options: .init())
        }
    }

    @Test func lanesThatDoNotMeetInOnePointAreRefused() throws {
        let drive = try SyntheticDrive(mounting: actual, seed: 8)
        let plane = try GroundPlane(model: drive.model, mounting: actual)
        var fit = VanishingPointFit(model: drive.model, mounting: filed)
        // A kerb that leaves the road at an angle of 10 degrees.
        for (left, slope) in [(1.75, 0.0), (-1.75, 0.0), (-3.0, -0.18)] {
            for forward in stride(from: 6.0, through: 40, by: 1.5) {
                if let pixel = plane.pixel(x: forward, y: left + slope * forward) { fit.add(pixel) }
            }
            fit.endLine()
        }
        var online = OnlineExtrinsics(mounting: filed)
        let point = fit.solve()
        #expect(online.observe(try #require(point), seconds: 0) == .disagreeing)
    }

    @Test func motionOfStillPointsGivesDirectionAndTurn() throws {
        var generator = SeededGenerator(seed: 9)
        let heading = SIMD3(0.02, -0.04, 1).normalized
        let turn = SIMD3(0.004, -0.003, 0.002)
        let rotation = Matrix3(rotationVector: turn)
        var (first, second): ([SIMD2<Double>], [SIMD2<Double>]) = ([], [])
        for index in 0..<300 {
            let point = SIMD3(
                Double.random(in: -8...8, using: &generator), .random(in: -3...1.3, using: &generator),
                .random(in: 6...50, using: &generator))
            // Axes of the second frame: moved forward by 1 m, turned.
            var after = rotation.transposed * point - heading
            if index % 8 == 0 { after += SIMD3(0.4, 0, 0.8) }
            func noisy(_ place: SIMD3<Double>) -> SIMD2<Double> {
                SIMD2(place.x / place.z, place.y / place.z)
                    + SIMD2(normal(&generator), normal(&generator)) * (0.15 / 1150)
            }
            first.append(noisy(point))
            second.append(noisy(after))
        }
        let motion = try #require(
            first.withUnsafeBufferPointer { first in
                second.withUnsafeBufferPointer { second in
                    MotionSolver.solve(first: first, second: second, noise: 0.15 / 1150, seconds: 0.1)
                }
            })
        #expect((motion.direction - heading).length < 0.01)
        #expect((motion.turn - turn).length < 0.0015)
        #expect(((try #require(motion.yawRate)) - 0.003 / 0.1 / Angle.degree).magnitude < 1)
    }
}
