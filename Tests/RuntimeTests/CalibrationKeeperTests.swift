import Calibration
import Foundation
import Perception
import Testing

import Runtime

@Suite("What is learnt of a mounting is kept")
struct CalibrationKeeperTests {
    private let filed = Mounting(
        heightMetres: 1.3, pitchDegrees: 2,
        deviations: MountingDeviations(heightMetres: 0.01, pitchDegrees: 0.1, yawDegrees: 0.1, rollDegrees: 0.1))

    private func path() -> String { NSTemporaryDirectory() + "/sightline-mount-\(UUID().uuidString).yaml" }

    /// What a straight drive teaches of a camera that looks `pitch` degrees down.
    private func learnt(pitch: Double, seconds: Range<Int> = 0..<20, from before: OnlineExtrinsics? = nil)
        -> OnlineExtrinsics
    {
        var online = before ?? OnlineExtrinsics(mounting: filed)
        var actual = filed
        actual.pitchDegrees = pitch
        let forward = actual.vehicleFromCamera.transposed * SIMD3(1, 0, 0)
        for frame in seconds.lowerBound * 20..<seconds.upperBound * 20 {
            let point = VanishingPoint(
                direction: forward / forward.z, deviation: SIMD2(0.001, 0.001), lineCount: 3, disagreement: 0, bend: 0)
            online.observe(point, seconds: Double(frame) / 20)
        }
        return online
    }

    private func configuration(_ path: String?) -> Configuration {
        var configuration = Configuration()
        configuration.learnsMounting = true
        configuration.calibrationState = path
        return configuration
    }

    @Test("a run's end saves what was learnt, and the next run goes on from there")
    func saved() throws {
        let path = path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        // Before the first run there is nothing, and nothing to complain of.
        let first = OnlineStart(configuration(path), mounting: filed)
        #expect(first.note == nil && first.online?.blocks.isEmpty == true)
        let online = learnt(pitch: 2.2)
        #expect(online.stage == .calibrated)
        let keeper = try CalibrationKeeper(
            try #require(first.online), statePath: path, health: HealthBoard())
        keeper.offer(online)
        keeper.close(online)
        let second = OnlineStart(configuration(path), mounting: filed)
        #expect(second.note == nil)
        #expect(second.online?.blocks == online.blocks && second.online?.mounting == online.mounting)
    }

    @Test("a damaged state is told in one line, and learning starts anew")
    func damaged() throws {
        let path = path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        for text in ["blocks: [", "", "camera_pitch_deg: 2\nblocks: 3\n", "\u{0}\u{1}\u{2}"] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            let start = OnlineStart(configuration(path), mounting: filed)
            let note = try #require(start.note)
            #expect(note.contains(path) && note.contains("starts anew") && !note.contains("\n"), "\(note)")
            #expect(start.online == OnlineExtrinsics(mounting: filed) && start.statePath == path)
        }
    }

    @Test("nothing is learnt where the camera file's angles are wished as they are, or without a mounting")
    func fixed() {
        var fixed = configuration("/nowhere/state.yaml")
        fixed.learnsMounting = false
        #expect(OnlineStart(fixed, mounting: filed).online == nil)
        #expect(OnlineStart(configuration(nil), mounting: nil).online == nil)
    }

    @Test("a live camera's state lies beside its file")
    func beside() {
        #expect(OnlineStart.statePath(besideCalibration: "/etc/front.yaml") == "/etc/front.online.yaml")
        #expect(OnlineStart.statePath(besideCalibration: "cameras/front.yml") == "cameras/front.online.yaml")
        #expect(OnlineStart.statePath(besideCalibration: "front") == "front.online.yaml")
    }

    @Test("a file that is wrong raises the alarm, with the numbers to write into it")
    func drift() throws {
        let board = HealthBoard()
        let online = learnt(pitch: 3.1)
        let keeper = try CalibrationKeeper(OnlineExtrinsics(mounting: filed), statePath: nil, health: board)
        keeper.close(online)
        let causes = board.read().causes
        #expect(causes.map(\.kind) == [.calibrationDrift])
        let cause = try #require(causes.first)
        #expect(cause.stage == "calibration" && cause.unit == "degrees" && abs(cause.amount - 1.1) < 0.05)
        #expect(cause.detail.contains("further down") && cause.detail.contains("pitch_deg: 3.1"), "\(cause.detail)")
    }

    @Test("a camera that is moved while driving raises the alarm until it is known again")
    func moved() throws {
        var online = learnt(pitch: 2.05, seconds: 0..<40)
        online = learnt(pitch: 3.3, seconds: 40..<48, from: online)
        #expect(online.remounts == 1)
        let board = HealthBoard()
        let keeper = try CalibrationKeeper(online, statePath: nil, health: board)
        keeper.close(online)
        let cause = try #require(board.read().causes.first)
        #expect(cause.stage == "mounting" && cause.detail.contains("was moved"))
        let known = learnt(pitch: 3.3, seconds: 48..<70, from: online)
        #expect(known.stage == .calibrated)
        let later = try CalibrationKeeper(known, statePath: nil, health: board)
        later.close(known)
        // Known again, though not as the file says.
        #expect(board.read().causes.map(\.stage) == ["calibration"])
    }

    @Test("a state that cannot be written is told once, and the run goes on")
    func unwritable() throws {
        let board = HealthBoard()
        let online = learnt(pitch: 2.1)
        let keeper = try CalibrationKeeper(
            OnlineExtrinsics(mounting: filed), statePath: "/nowhere/at/all/state.yaml", health: board)
        keeper.close(online)
        let cause = try #require(board.read().causes.first)
        #expect(cause.stage == "calibration state" && cause.detail.contains("/nowhere/at/all/state.yaml"))
    }

    @Test("taking what another knows allocates nothing that the other still uses")
    func assigning() {
        let online = learnt(pitch: 2.4)
        var copy = OnlineExtrinsics(mounting: filed)
        copy.assign(online)
        #expect(copy == online)
        let before = online.blocks
        copy = learnt(pitch: 1.8, seconds: 20..<30, from: copy)
        #expect(online.blocks == before && copy.blocks.count > before.count)
    }
}
