import Calibration
import Testing

@testable import Perception

/// Pitch and yaw from masks of a straight road, painted by a camera that looks elsewhere than its file says.
@Suite struct MountingObserverTests {
    private static let filed = Mounting(heightMetres: 1.3, pitchDegrees: 1.5)

    /// Half a minute at 20 frames a second.
    private func learnt(
        pitch: Double, yaw: Double, _ motion: (Int) -> CameraShift = { _ in .zero }, seconds: Int = 30
    ) throws -> OnlineExtrinsics {
        let plane = try LaneEstimatorTests.plane(pitch: pitch, yaw: yaw)
        let scene = try LaneEstimatorTests.scene(
            plane,
            lines: [
                { _ in 1.6 }, { $0.truncatingRemainder(dividingBy: 9) < 4 ? -1.9 : nil }, { _ in -3.6 },
                // A stop line's edge, askew.
                { $0 > 9 && $0 < 13 ? -1 + 1.5 * ($0 - 9) : nil },
            ])
        var observer = MountingObserver(model: plane.model, online: OnlineExtrinsics(mounting: Self.filed))
        for frame in 0..<seconds * 20 {
            let time = Int64(frame) * 50_000_000
            observer.move(motion(frame), time: time)
            observer.observe(scene, time: time)
        }
        return observer.online
    }

    @Test(arguments: [(2.7, 0.9)])
    func straightRoadsShowWhereTheCameraLooks(_ pitch: Double, _ yaw: Double) throws {
        let online = try learnt(pitch: pitch, yaw: yaw)
        #expect(online.stage == .calibrated)
        let (seenPitch, seenYaw) = (try #require(online.seenPitch), try #require(online.seenYaw))
        #expect(abs(seenPitch.degrees - pitch) < 0.15 && abs(seenYaw.degrees - yaw) < 0.15)
        // The file has a say, too, and what is used is as sure as it claims.
        let mounting = online.mounting
        #expect(abs(mounting.pitchDegrees - pitch) < 2 * mounting.deviations.pitchDegrees, "\(mounting)")
        #expect(abs(mounting.yawDegrees - yaw) < 2 * mounting.deviations.yawDegrees, "\(mounting)")
        #expect(online.revision == online.blocks.count)
    }

    @Test func aStopLineThatCrossesALaneLineDoesNotKeepFromLearning() throws {
        let online = try learnt(pitch: 0.6, yaw: -1.2)
        #expect(online.stage == .calibrated)
        let (pitch, yaw) = (try #require(online.seenPitch), try #require(online.seenYaw))
        #expect(abs(pitch.degrees - 0.6) < 0.15 && abs(yaw.degrees + 1.2) < 0.15)
    }

    @Test func aStandingVehicleTeachesNothing() throws {
        let standing = CameraShift(x: 0, y: 0, deviation: 0.1, changedShare: 0.002)
        #expect(try learnt(pitch: 2.7, yaw: 0, { _ in standing }).blocks.isEmpty)
    }

    @Test func aTurningVehicleTeachesNothing() throws {
        // Six degrees a second.
        let turning = CameraShift(x: 3, y: 0, deviation: 0.1, changedShare: 0.3)
        #expect(try learnt(pitch: 2.7, yaw: 0, { _ in turning }).blocks.isEmpty)
    }

    @Test func nodsAreNotTakenForTheMounting() throws {
        // The picture rises by 0.8 degrees within a second and stays there for the rest: braking. What is seen is then the
        // mounting and that nod.
        let nod: (Int) -> CameraShift = { frame in
            CameraShift(x: 0, y: frame < 20 ? -0.4 : 0, deviation: 0.1, changedShare: 0.3)
        }
        let online = try learnt(pitch: 2.3, yaw: 0, nod, seconds: 5)
        let seen = try #require(online.seenPitch)
        // Without the nod it would be 2.3.
        #expect(abs(seen.degrees - 1.5) < 0.6, "\(seen)")
    }
}
