import CameraFixtures
import Foundation
import Imaging
import Platform
import Recording
import Synchronization
import TestSupport

import Camera
import Runtime

/// Imitated motion-JPEG cameras, and runs of the real loop on them.
final class LiveFixture {
    let loop: LoopFixture
    let drivers: [FakeDriver]
    /// The pictures that the cameras send, one after the other.
    let files: [Data]

    init(cameras: Int = 1, rate: UInt32 = 100) throws {
        loop = try LoopFixture(frames: 1)
        let files = try Self.pictures(count: 8)
        self.files = files
        drivers = (0..<cameras).map { _ in
            let driver = FakeDriver(isRealTime: true)
            driver.modes = [.init(fourcc: "MJPG", width: 64, height: 48, rates: [rate])]
            driver.makeFrame = { [UInt8](files[Int($0) % files.count]) }
            return driver
        }
    }

    /// JPEGs of noise.
    private static func pictures(count: Int) throws -> [Data] {
        var generator = SeededGenerator(seed: 21)
        var picture = try ImageBuffer(ImageDescription(width: 64, height: 48, format: .rgb24))
        var encoder = try JPEGEncoder()
        return try (0..<count).map { _ in
            picture.withMutableView { view in
                for row in 0..<48 {
                    for column in 0..<64 * 3 {
                        view.plane(0).row(row)[column] = UInt8.random(in: 0...255, using: &generator)
                    }
                }
            }
            return try encoder.encode(picture.unsafeView, name: "noise") { Data($0) }
        }
    }

    /// Both networks on all cameras.
    func configuration(names: [String] = []) -> Configuration {
        var configuration = loop.configuration
        configuration.name = LoopFixture.busName()
        configuration.cameras = drivers.indices.map { index in
            var camera = CameraConfiguration(device: "/dev/fake\(index)")
            camera.settings.wish = CaptureWish(width: 64, height: 48)
            camera.name = names.indices.contains(index) ? names[index] : nil
            return camera
        }
        return configuration
    }

    func run(
        _ configuration: Configuration, recordingTo path: String? = nil, disk: RecordingDisk = .system
    ) throws -> CameraRun {
        try CameraRun(
            configuration, isPublishing: true, recording: path.map { RunRecording(path: $0) }, disk: disk
        ) { drivers[$0].calls }
    }
}

/// A disk that a test keeps waiting, or refuses.
final class TestDisk: Sendable {
    private let heldCalls = Atomic<Bool>(false)
    private let waiting = Atomic<Bool>(false)
    private let creationError = Atomic<Int32>(0)
    private let changes = FutexWord()

    /// Whether somebody waits for a held disk.
    var hasWaiter: Bool { waiting.load(ordering: .acquiring) }

    /// Lets writes wait, or go on.
    func hold(_ isHeld: Bool) {
        heldCalls.store(isHeld, ordering: .releasing)
        changes.advance()
    }

    /// What making a file fails with; 0 for not at all.
    func refuseFiles(_ code: Int32) { creationError.store(code, ordering: .releasing) }

    var disk: RecordingDisk {
        RecordingDisk { [self] call in
            if call == .create { return creationError.load(ordering: .acquiring) }
            guard call == .write else { return 0 }
            while true {
                let seen = changes.value
                guard heldCalls.load(ordering: .acquiring) else { return 0 }
                waiting.store(true, ordering: .releasing)
                changes.wait(while: seen)
            }
        }
    }
}
