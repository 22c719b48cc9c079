import Calibration
import Perception

/// Times what follows the road network at masks of 640x384: decoding, lanes in metres, free space, outline.
struct RoadBenchmark {
    private static let width = 640
    private static let height = 384

    /// Prints one line of JSON with median and 99 % quantile in microseconds.
    static func run() throws {
        let head = RoadHead(
            source: .pair(drivable: "drivable", lanes: "lanes"), width: width, height: height, inputWidth: width,
            inputHeight: height)
        var decoder = try RoadDecoder(head)
        var scene = RoadScene(head)
        let plane = try GroundPlane(
            model: CameraModel(width: width, height: height, fx: 575, fy: 575, cx: 319.5, cy: 191.5),
            mounting: Mounting(heightMetres: 1.3, pitchDegrees: 1))
        let (drivable, lanes) = paint(plane)
        var estimator = LaneEstimator()
        var profile = FreeSpaceProfile(maskWidth: width)
        var outline = DrivableOutline(columns: profile.count == 0 ? width / FreeSpaceProfile.step : profile.count)
        let content = PixelRectangle(x: 0, y: 12, width: width, height: 360)
        let mapping = FrameMapping(letterboxScale: 0.5, left: 0, top: 12, frameWidth: 1280, frameHeight: 720)
        let framePlane = try GroundPlane(
            model: CameraModel(width: 1280, height: 720, fx: 1150, fy: 1150, cx: 639.5, cy: 359.5),
            mounting: plane.mounting)
        var times: [Double] = []
        let clock = ContinuousClock()
        for frame in 0..<1000 {
            let duration = try drivable.withUnsafeBufferPointer { first in
                try lanes.withUnsafeBufferPointer { second in
                    try clock.measure {
                        try decoder.decode(
                            NetworkOutputs(first, second), content: content, mapping: mapping, into: &scene)
                        estimator.update(scene, plane: framePlane, time: Int64(frame) * 33_000_000)
                        profile.update(scene)
                        for place in 0..<8 {
                            let x = Float(place) * 150 + 60
                            profile.block(BoundingBox(x1: x, y1: 330, x2: x + 60, y2: 420))
                        }
                        profile.measure(on: framePlane)
                        outline.update(profile)
                    }
                }
            }
            times.append(Double(duration.components.attoseconds) / 1e12)
        }
        times.sort()
        print(
            "{\"lanes\": \(estimator.count), \"corners\": \(outline.count), \"road_us\": [\(times[500]), \(times[990])]}"
        )
    }

    /// Background and foreground of four lane lines on a road of twelve metres.
    private static func paint(_ plane: GroundPlane) -> (drivable: [Float], lanes: [Float]) {
        let count = width * height
        var drivable = [Float](repeating: 0, count: 2 * count)
        var lanes = drivable
        for row in 0..<height {
            for column in 0..<width {
                let index = row * width + column
                guard let point = plane.point(at: SIMD2(Double(column), Double(row))), point.x < 70 else {
                    drivable[index] = 1
                    lanes[index] = 1
                    continue
                }
                let bend = point.x * point.x / 600
                let isLane = [-5.2, -1.7, 1.8, 5.3].contains { abs(point.y - bend - $0) < max(0.08, point.x / 400) }
                drivable[abs(point.y - bend) < 6 ? count + index : index] = 1
                lanes[isLane ? count + index : index] = 1
            }
        }
        return (drivable, lanes)
    }
}
