import Foundation
import TestSupport

@testable import Calibration

/// A drive on a road with three lane lines, as the camera sees their points: the vehicle nods, wanders in its lane, and
/// takes bends; the camera may be moved on the way.
struct SyntheticDrive {
    let model: CameraModel
    /// The mounting that is true at the start.
    var mounting: Mounting
    /// From that second on another mounting is true.
    var remount: (seconds: Double, mounting: Mounting)?
    /// Curvature of the road, 1 / metres, by seconds.
    var curvature: (Double) -> Double = { _ in 0 }
    var framesPerSecond = 15.0
    var pixelNoise = 1.0
    var generator: SeededGenerator

    private var pitchBump = 0.0
    private var pitchRate = 0.0
    private var phase = 0.0

    init(mounting: Mounting, seed: UInt64) throws {
        model = try CameraModel(
            width: 1280, height: 720, fx: 1156, fy: 1152, cx: 660, cy: 380,
            distortion: try LensDistortion(model: .plumbBob, coefficients: [-0.24, -0.02, -0.001, 0, 0.03]))
        self.mounting = mounting
        generator = SeededGenerator(seed: seed)
    }

    /// Feeds frames from one second to another to an estimator, and counts verdicts.
    @discardableResult
    mutating func run(
        _ seconds: Range<Double>, into online: inout OnlineExtrinsics, speed: Double? = 15
    ) -> [OnlineExtrinsics.Verdict: Int] {
        var verdicts: [OnlineExtrinsics.Verdict: Int] = [:]
        let step = 1 / framesPerSecond
        for now in stride(from: seconds.lowerBound, to: seconds.upperBound, by: step) {
            guard let point = frame(now, step: step, known: online.mounting) else { continue }
            verdicts[online.observe(point, seconds: now, speed: speed), default: 0] += 1
        }
        return verdicts
    }

    mutating func frame(_ now: Double, step: Double, known: Mounting) -> VanishingPoint? {
        // Springs with a natural frequency of 1.4 Hz, driven by a rough road.
        let frequency = 2 * Double.pi * 1.4
        pitchRate += (-frequency * frequency * pitchBump - 0.7 * frequency * pitchRate) * step
        pitchRate += normal(&generator) * 6 * step.squareRoot()
        pitchBump += pitchRate * step
        phase += step
        var actual = mounting
        if let remount, now >= remount.seconds { actual = remount.mounting }
        actual.pitchDegrees += pitchBump
        guard let plane = try? GroundPlane(model: model, mounting: actual) else { return nil }
        // Wandering: 0.3 m and half a degree over some seconds.
        let heading = 0.4 * sin(phase * 0.7) * Angle.degree
        let offset = 0.3 * sin(phase * 0.35 + 1)
        let bend = curvature(now)
        var fit = VanishingPointFit(model: model, mounting: known)
        for line in [5.3, 1.75, -1.75] {
            for forward in stride(from: 6.0, through: 40, by: 1.2) {
                let left = line - offset - heading * forward + bend * forward * forward / 2
                guard let pixel = plane.pixel(x: forward, y: left), model.contains(pixel) else { continue }
                fit.add(pixel + SIMD2(normal(&generator), normal(&generator)) * pixelNoise)
            }
            fit.endLine()
        }
        return fit.solve()
    }
}
