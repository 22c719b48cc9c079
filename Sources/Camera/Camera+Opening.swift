import Imaging
import Platform

extension CameraSettings {
    /// The smallest scale at which a picture does not have to be enlarged for any of the sizes.
    static func scale(for header: JPEGDecoder.Header, needed: [NeededSize]) -> JPEGDecoder.Scale {
        guard !needed.isEmpty else { return .full }
        let (width, height) = (Double(header.width), Double(header.height))
        let factor = needed.reduce(0) { largest, size in
            let (x, y) = (Double(size.width) / width, Double(size.height) / height)
            return max(largest, size.isStretched ? max(x, y) : min(x, y))
        }
        return .covering(width: Int((factor * width).rounded()), height: Int((factor * height).rounded()))
    }
}

extension Camera {
    /// A device that was opened, set and started.
    struct Opened {
        var identity: DeviceIdentity
        var stream: CaptureStream
        var refusedControls: [String]
    }

    /// Opens a device, sets its controls and format, and starts to stream.
    ///
    /// - Parameter last: the format of the stream before. Where the device takes it again, nothing is negotiated: formats
    ///   and sizes are hundreds of requests on some devices. Then wishes for controls are not checked as strictly either:
    ///   what the device refuses now is noted.
    static func open(
        _ path: String, _ settings: CameraSettings, _ calls: DeviceCalls, last: ActiveFormat?
    ) throws(CameraError) -> Opened {
        let device = try VideoDevice(opening: path, calls: calls)
        let identity = try device.requireCapture()
        let refused = try setControls(device, settings.controls, isStrict: last == nil)
        let choice: CaptureChoice
        if let last, let repeated = repeated(last, device) {
            choice = repeated
        } else {
            choice = try negotiate(device, settings.wish)
        }
        let stream = try CaptureStream.start(device, choice: choice, framesHeld: settings.framesHeld)
        return Opened(identity: identity, stream: stream, refusedControls: refused)
    }

    /// The format of before, if the device still offers it; else nil.
    private static func repeated(_ last: ActiveFormat, _ device: borrowing VideoDevice) -> CaptureChoice? {
        guard device.accepts(last) else { return nil }
        return CaptureChoice(fourcc: last.fourcc, width: last.width, height: last.height, rate: last.rate)
    }

    private static func negotiate(
        _ device: borrowing VideoDevice, _ wish: CaptureWish
    ) throws(CameraError) -> CaptureChoice {
        // Sizes of formats that nobody reads are not asked for: some devices have hundreds.
        let offers = device.formats { FrameReading($0) != .unreadable && (wish.format == nil || wish.format == $0) }
        guard let choice = CaptureChoice.best(for: wish, among: offers) else {
            let offered = device.formatNames().map { "\($0.fourcc)" }
            throw .noUsableFormat(path: device.path, wish: "\(wish)", offered: offered)
        }
        return choice
    }

    private static func setControls(
        _ device: borrowing VideoDevice, _ settings: [ControlSetting], isStrict: Bool
    ) throws(CameraError) -> [String] {
        guard !settings.isEmpty else { return [] }
        let plan: ControlPlan
        do throws(ControlPlan.Refusal) {
            plan = try ControlPlan(settings, controls: device.controls())
        } catch {
            guard isStrict else { return ["\(error)"] }
            throw .control(path: device.path, detail: "\(error)")
        }
        var refused: [String] = []
        for assignment in plan.assignments {
            let result = device.set(assignment.id, to: assignment.value)
            if result < 0 {
                refused.append("\(assignment.name) = \(assignment.value): \(SystemCall.message(for: -result))")
            }
        }
        if isStrict, let first = refused.first { throw .control(path: device.path, detail: first) }
        return refused
    }
}
