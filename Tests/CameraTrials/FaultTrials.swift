import Camera
import Platform

/// Every fault that vivid can be told to have: each must be counted, named and survived.
enum FaultTrials {
    static var all: [Trial] {
        [
            Trial(name: "error-flag") { try once($0, "inject_v4l2_buf_flag_error", .errorFlag, reopens: false) },
            Trial(name: "buffer-refused") { try once($0, "inject_vidioc_qbuf_error", .bufferError, reopens: false) },
            Trial(name: "stream-error") { try once($0, "inject_fatal_streaming_error", .streamError) },
            Trial(name: "reqbufs-error") {
                try once($0, "inject_vidioc_reqbufs_error", .streamError, then: "inject_fatal_streaming_error")
            },
            Trial(name: "streamon-error") {
                try once($0, "inject_vidioc_streamon_error", .streamError, then: "inject_fatal_streaming_error")
            },
            Trial(name: "unplug") { try once($0, "disconnect", .unplugged) },
            Trial(name: "lost-frames", body: lostFrames), Trial(name: "wrapping-numbers", body: wrappingNumbers),
            Trial(name: "wrapping-stamps", body: wrappingStamps), Trial(name: "frozen", body: frozen),
            Trial(name: "busy", body: busy), Trial(name: "controls-again", body: controlsAgain),
        ]
    }

    /// Presses a button of the driver and expects the fault, with a cause and a length, and frames within a second.
    private static func once(
        _ device: String, _ control: String, _ kind: CameraFault.Kind, then second: String? = nil, reopens: Bool = true
    ) throws -> String {
        var viewer = try Viewer(device)
        try viewer.take(5)
        try VirtualControl.set(control, to: 1, on: device)
        if let second { try VirtualControl.set(second, to: 1, on: device) }
        try viewer.take(60, "after \(control)")
        try Trial.require(
            viewer.count(of: kind) > 0, "\(kind.rawValue) was not counted: \(viewer.camera.faults.totals)")
        try Trial.require((viewer.camera.openings > 1) == reopens, "opened \(viewer.camera.openings) times")
        try Trial.require(viewer.activeFaults.isEmpty, "still wrong: \(viewer.causes)")
        let ended = viewer.camera.takeEndedFaults().filter { $0.kind == kind }
        try Trial.require(ended.count == 1, "\(ended.count) faults ended")
        return "\(ended[0].detail); \(ended[0].count) times, \((ended[0].lasted ?? 0) / 1_000_000) ms"
    }

    private static func lostFrames(_ device: String) throws -> String {
        var viewer = try Viewer(device)
        try viewer.take(5)
        try VirtualControl.set("percentage_of_dropped_buffers", to: 50, on: device)
        defer { try? VirtualControl.set("percentage_of_dropped_buffers", to: 0, on: device) }
        let first = viewer.frame.sequence
        try viewer.take(50)
        let gaps = Int(viewer.frame.sequence - first) - 50
        try Trial.require(gaps > 5, "only \(gaps) frames were dropped")
        // Frames may have been lost before the first that is counted here.
        let counted = Int(viewer.camera.lostFrames)
        try Trial.require(counted == gaps || (counted > gaps && !Viewer.hasSimulatedTime), "\(counted) of \(gaps)")
        return "\(gaps) lost frames, all counted"
    }

    private static func wrappingNumbers(_ device: String) throws -> String {
        try VirtualControl.set("wrap_sequence_number", to: 1, on: device)
        defer { try? VirtualControl.set("wrap_sequence_number", to: 0, on: device) }
        var viewer = try Viewer(device)
        try viewer.take(1)
        let first = viewer.frame.sequence
        try viewer.take(300)
        try Trial.require(
            viewer.frame.sequence < first, "the numbers did not wrap: \(first)...\(viewer.frame.sequence)")
        // Nothing near the four thousand million that a careless subtraction would give.
        try Trial.require(
            viewer.camera.lostFrames < (Viewer.hasSimulatedTime ? 1 : 1000), "\(viewer.camera.lostFrames) lost")
        return "\(first) to \(viewer.frame.sequence)"
    }

    private static func wrappingStamps(_ device: String) throws -> String {
        try VirtualControl.set("wrap_timestamp", to: 1, on: device)
        defer { try? VirtualControl.set("wrap_timestamp", to: 0, on: device) }
        var viewer = try Viewer(device)
        try viewer.take(10)
        let age = MonotonicTime.now - viewer.frame.time.moment
        try Trial.require(age >= 0 && age < 10_000_000_000, "a frame of an age of \(age) ns")
        let origin = viewer.frame.time.origin
        try Trial.require(origin == .driver || viewer.count(of: .badTimestamp) > 0, "bad stamps were not counted")
        return "stamps from \(origin.rawValue)"
    }

    private static func frozen(_ device: String) throws -> String {
        var viewer = try Viewer(device)
        try viewer.take(5)
        try VirtualControl.set("osd_text_mode", to: 2, on: device)
        defer { try? VirtualControl.set("osd_text_mode", to: 0, on: device) }
        let delivered = viewer.take(seconds: 5)
        try Trial.require(viewer.activeFaults.contains { $0.kind == .frozen }, "not called frozen: \(viewer.causes)")
        try Trial.require(delivered < 45, "\(delivered) repeated frames were delivered")
        try VirtualControl.set("osd_text_mode", to: 0, on: device)
        try viewer.take(5, "after the picture moves again")
        let ended = viewer.camera.takeEndedFaults().filter { $0.kind == .frozen }
        try Trial.require(ended.count == 1 && viewer.activeFaults.isEmpty, "still wrong: \(viewer.causes)")
        return "\((ended[0].lasted ?? 0) / 1_000_000) ms, opened \(viewer.camera.openings) times"
    }

    private static func busy(_ device: String) throws -> String {
        var viewer = try Viewer(device)
        try viewer.take(2)
        do {
            _ = try Viewer(device)
        } catch let error as CameraError {
            guard case .busy = error else { throw error }
            try viewer.take(2, "after another program tried")
            return "\(error)"
        }
        throw Trial.Failure(description: "the device was opened twice")
    }

    private static func controlsAgain(_ device: String) throws -> String {
        func value(_ name: String) throws -> Int? {
            try CameraDescription(describing: device).controls.first { $0.name == name }?.value
        }
        let controls = [ControlSetting("brightness", .number(77)), ControlSetting("gain", .number(33))]
        var viewer = try Viewer(device, controls: controls)
        try viewer.take(3)
        try Trial.require(try value("brightness") == 77 && value("gain_automatic") == 0, "controls were not set")
        try VirtualControl.set("brightness", to: 5, on: device)
        try VirtualControl.set("inject_fatal_streaming_error", to: 1, on: device)
        try viewer.take(10)
        try Trial.require(try value("brightness") == 77 && value("gain") == 33, "controls were not set again")
        return ""
    }
}
