import Camera
import Glibc
import Imaging
import Platform

/// Formats, colours, timestamps, buffers: what a sound camera gives.
enum FormatTrials {
    static var all: [Trial] {
        let formats: [FourCC] = [
            "NV12", "NV21", "YUYV", "UYVY", "YU12", "YV12", "422P", "RGB3", "BGR3", "XR24", "AB24", "GREY",
            // These go through libv4lconvert.
            "BA81", "YVYU",
        ]
        return formats.map { format in Trial(name: "colours-\(format)") { try colours($0, format) } } + [
            Trial(name: "describe", body: describe), Trial(name: "dmabuf", body: sharedBuffer),
            Trial(name: "exposure-event", body: exposureEvent), Trial(name: "negotiation", body: negotiation),
        ]
    }

    /// The bars of vivid's first pattern, at 75 %.
    private static let bars: [SIMD3<Int>] = [
        .init(191, 191, 191), .init(191, 191, 0), .init(0, 191, 191), .init(0, 191, 0), .init(191, 0, 191),
        .init(191, 0, 0), .init(0, 0, 191), .init(0, 0, 0),
    ]

    private static func colours(_ device: String, _ format: FourCC) throws -> String {
        var viewer = try Viewer(device, width: 640, height: 360, format: format)
        try viewer.take(3)
        guard let view = viewer.frame.unsafeView else { throw Trial.Failure(description: "an empty frame") }
        try Trial.require(view.width == 640 && view.height == 360, "the picture is \(view.description)")
        let picture = try ImageConverter.convert(view, to: .rgb24)
        let found = picture.withView { picture in
            (0..<8).map { bar -> SIMD3<Int> in
                let pixel = picture.plane(0).row(270) + (bar * 80 + 40) * 3
                return .init(Int(pixel[0]), Int(pixel[1]), Int(pixel[2]))
            }
        }
        for (found, expected) in zip(found, bars) {
            let luma = (expected.x * 299 + expected.y * 587 + expected.z * 114) / 1000
            let expected = view.format == .gray8 ? .init(repeating: luma) : expected
            let difference = [found.x - expected.x, found.y - expected.y, found.z - expected.z].map(abs).max() ?? 0
            // Drivers do not agree on the weights of grey.
            try Trial.require(
                difference <= (view.format == .gray8 ? 40 : 20), "a bar is \(found) instead of \(expected)")
        }
        return view.description.description
    }

    private static func describe(_ device: String) throws -> String {
        let description = try CameraDescription(describing: device)
        try Trial.require(description.driver == "vivid", "the driver is \(description.driver)")
        try Trial.require(description.formats.count > 20, "\(description.formats.count) formats")
        let yuyv = description.formats.first { $0.fourcc == "YUYV" }
        try Trial.require(
            yuyv?.sizes.contains { $0.width.minimum == 1280 && !$0.rates.isEmpty } == true, "no 1280 in YUYV")
        let menu = description.controls.first { $0.name == "test_pattern" }
        try Trial.require(menu?.choices.count ?? 0 > 10, "test_pattern has no choices")
        try Trial.require(description.offersDMABUF == true, "buffers cannot be exported")
        return "\(description.formats.count) formats, \(description.controls.count) controls"
    }

    private static func negotiation(_ device: String) throws -> String {
        var viewer = try Viewer(device, width: 1280, height: 720)
        try viewer.take(2)
        let format = viewer.camera.format
        try Trial.require(FrameReading(format.fourcc) == .direct(.nv12), "took \(format)")
        try Trial.require(viewer.camera.bufferCount == 4, "\(viewer.camera.bufferCount) buffers")
        return "\(format)"
    }

    private static func sharedBuffer(_ device: String) throws -> String {
        var viewer = try Viewer(device, format: "YUYV")
        try viewer.take(2)
        guard let descriptor = viewer.camera.exportDMABUF(of: viewer.frame), let bytes = viewer.frame.unsafeBytes else {
            throw Trial.Failure(description: "the buffer was not exported")
        }
        let address = mmap(nil, bytes.count, PROT_READ, MAP_SHARED, descriptor.number, 0)
        guard let address, address != MAP_FAILED else {
            throw Trial.Failure(description: "the DMABUF cannot be mapped")
        }
        defer { munmap(address, bytes.count) }
        let isEqual = bytes.elementsEqual(UnsafeRawBufferPointer(start: address, count: bytes.count))
        try Trial.require(isEqual, "the DMABUF holds other bytes")
        return "\(bytes.count) bytes"
    }

    private static func exposureEvent(_ device: String) throws -> String {
        var viewer = try Viewer(device)
        try viewer.take(2)
        try Trial.require(viewer.frame.time.event == .endOfFrame, "the stamp is \(viewer.frame.time.event)")
        try VirtualControl.set("timestamp_source", to: 1, on: device)
        defer { try? VirtualControl.set("timestamp_source", to: 0, on: device) }
        try viewer.take(3)
        try Trial.require(viewer.frame.time.event == .startOfExposure, "the stamp is \(viewer.frame.time.event)")
        try Trial.require(viewer.frame.time.origin == .driver, "the stamp is \(viewer.frame.time.origin)")
        return ""
    }
}
