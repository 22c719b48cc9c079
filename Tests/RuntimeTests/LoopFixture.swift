import Foundation
import LoopFixtures
import Platform
import TestSupport

import Runtime

/// A small drive and small networks on disk, and runs of the real loop over them.
final class LoopFixture {
    let folder: String
    let drive: String

    init(frames: Int = 20, rate: Double = 20) throws {
        folder = NSTemporaryDirectory() + "/sightline-loop-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        drive = folder + "/drive.mp4"
        try SmallDrive.write(drive, frames: frames, rate: rate)
        try SmallNetworks.detection().write(to: folder + "/detection.onnx")
        try SmallNetworks.detection(size: 32).write(to: folder + "/detection-small.onnx")
        try SmallNetworks.road().write(to: folder + "/road.onnx")
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Both networks.
    var configuration: Configuration {
        var configuration = Configuration()
        configuration.detection = NetworkConfiguration(model: folder + "/detection.onnx")
        configuration.road = NetworkConfiguration(model: folder + "/road.onnx")
        configuration.threads = 1
        return configuration
    }

    /// A name on the bus that no other test has.
    static func busName() -> String { "test-\(UUID().uuidString.prefix(8))" }
}
