import Camera
import Glibc
import Platform

/// A camera with a frame that is filled again and again, as the loop has it.
struct Viewer: ~Copyable {
    let camera: Camera
    var frame = CameraFrame()

    init(_ device: String, width: Int = 640, height: Int = 480, format: FourCC? = nil, controls: [ControlSetting] = [])
        throws
    {
        let wish = CaptureWish(width: width, height: height, rate: 30, format: format)
        camera = try Camera(CameraSettings(device: device, wish: wish, controls: controls))
    }

    /// Whether time passes only while everybody sleeps; otherwise a busy machine makes everything late.
    static let hasSimulatedTime = getenv("SIGHTLINE_SIMULATED_TIME").map { String(cString: $0) } == "1"

    /// Takes frames, each of which must come within a second: that is how soon a camera must be back. Where time is real,
    /// more of it is given, for the machine may be busy with other things.
    mutating func take(_ count: Int = 1, _ occasion: String = "streaming") throws {
        for index in 0..<count {
            let came = camera.next(
                into: &frame, timeoutNanoseconds: Self.hasSimulatedTime ? 1_000_000_000 : 30_000_000_000)
            try Trial.require(came, "\(occasion): frame \(index) did not come within a second: \(causes)")
        }
    }

    /// Takes what comes for some time; how many frames came.
    mutating func take(seconds: Double) -> Int {
        let end = MonotonicTime.now + Int64(seconds * 1e9)
        var count = 0
        while case let left = end - MonotonicTime.now, left > 0 {
            if camera.next(into: &frame, timeoutNanoseconds: left) { count += 1 }
        }
        return count
    }

    /// What is wrong now, in words.
    var causes: String {
        let active = camera.faults.active
        return active.isEmpty
            ? "no cause known" : active.map { "\($0.kind.rawValue) (\($0.detail))" }.joined(separator: ", ")
    }

    /// Faults that hold, without frames that a busy machine loses.
    var activeFaults: [CameraFault] {
        camera.faults.active.filter { Self.hasSimulatedTime || $0.kind != .lostFrames }
    }

    func count(of kind: CameraFault.Kind) -> Int { camera.faults.totals[kind] ?? 0 }
}
