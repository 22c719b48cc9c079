import CV4L2
import CameraFixtures
import Glibc
import Imaging
import Platform
import Testing

import Camera

@Suite("Camera on an imitated driver")
struct CameraTests {
    private let second: Int64 = 1_000_000_000

    private func open(_ driver: FakeDriver, _ change: (inout CameraSettings) -> Void = { _ in }) throws -> Camera {
        var settings = CameraSettings(device: "/dev/fake", wish: CaptureWish(width: 64, height: 48))
        change(&settings)
        return try Camera(settings, calls: driver.calls)
    }

    /// Waits for frames; false as soon as one does not come within two seconds.
    private func take(_ count: Int, from camera: Camera, into frame: inout CameraFrame) -> Bool {
        for _ in 0..<count {
            guard camera.next(into: &frame, timeoutNanoseconds: 2 * second) else { return false }
        }
        return true
    }

    @Test("frames are read where the driver put them, with the driver's stamp")
    func inPlace() throws {
        let driver = FakeDriver()
        let camera = try open(driver)
        var frame = CameraFrame()
        #expect(take(3, from: camera, into: &frame))
        #expect(frame.sequence == 2 && frame.time.moment == driver.now && frame.time.origin == .driver)
        let picture = frame.unsafeView
        let view = try #require(picture)
        #expect(view.format == .yuyv422 && view.width == 64 && view.height == 48)
        let address = UnsafeMutableRawPointer(mutating: view.plane(0).base)
        #expect(driver.buffers.contains { $0?.address == address })
        #expect(view.plane(0).base[0] == 3)
        #expect(frame.unsafeJPEG == nil)
    }

    @Test("four buffers lose no frame while two are kept")
    func fewestBuffers() throws {
        let driver = FakeDriver()
        let camera = try open(driver)
        #expect(camera.bufferCount == 4)
        var first = CameraFrame()
        var second = CameraFrame()
        for _ in 0..<100 {
            #expect(take(1, from: camera, into: &first))
            // The work on a frame may take up to two frame intervals before the driver runs dry.
            driver.advance(seconds: 0.05)
            #expect(take(1, from: camera, into: &second))
        }
        #expect(driver.frameLosses == 0 && camera.lostFrames == 0)
    }

    @Test("a driver that has two buffers only gets them back at once, and frames are copies")
    func fewBuffers() throws {
        let driver = FakeDriver()
        driver.mostBuffers = 2
        let camera = try open(driver)
        #expect(camera.bufferCount == 2)
        var first = CameraFrame()
        var next = CameraFrame()
        #expect(take(1, from: camera, into: &first))
        for _ in 0..<20 { #expect(take(1, from: camera, into: &next)) }
        #expect(driver.frameLosses == 0 && camera.faults.totals.isEmpty)
        #expect(first.unsafeView?.plane(0).base[5] == 1 && next.unsafeView?.plane(0).base[5] == 21)
    }

    @Test("a frame stays readable after its camera was unplugged, and after the camera is gone")
    func survivingFrame() throws {
        let driver = FakeDriver()
        var camera: Camera? = try open(driver)
        var kept = CameraFrame()
        var other = CameraFrame()
        if let camera { #expect(take(1, from: camera, into: &kept)) }
        driver.isPresent = false
        #expect(camera?.next(into: &other, timeoutNanoseconds: second) == false)
        #expect(driver.openDescriptors == 0 && driver.mappings == 0)
        #expect(kept.unsafeView?.plane(0).base[100] == 1)
        camera = nil
        #expect(kept.unsafeView?.plane(0).base[100] == 1)
        kept = CameraFrame()
        #expect(other.unsafeView == nil)
    }

    @Test("100 unplug cycles: a frame within a second of the return each time, and nothing stays open or mapped")
    func unplugCycles() throws {
        let driver = FakeDriver()
        driver.addControl(0x980913, "Gain", V4L2_CTRL_TYPE_INTEGER, 0...100)
        let camera = try open(driver) { $0.controls = [ControlSetting("gain", .number(20))] }
        var frame = CameraFrame()
        for cycle in 1...100 {
            #expect(take(5, from: camera, into: &frame))
            driver.isPresent = false
            #expect(!camera.next(into: &frame, timeoutNanoseconds: Int64.random(in: 1...3) * second))
            #expect(driver.openDescriptors == 0 && driver.mappings == 0)
            driver.isPresent = true
            let back = driver.now
            #expect(take(1, from: camera, into: &frame))
            #expect(driver.now - back < second)
            #expect(driver.openDescriptors == 1 && driver.mappings == 4)
            let ended = camera.takeEndedFaults().filter { $0.kind == .unplugged }
            #expect(ended.count == 1 && ended.first?.lasted ?? 0 >= second && camera.faults.active.isEmpty)
            #expect(driver.assignments.count == cycle + 1)
        }
        #expect(camera.openings == 101)
    }

    @Test("controls are set in order, and one out of range is refused with the range")
    func controls() throws {
        let driver = FakeDriver()
        driver.addControl(
            1, "Auto Exposure", V4L2_CTRL_TYPE_MENU, 0...3, menu: [1: "Manual Mode", 3: "Aperture Priority"])
        driver.addControl(2, "Exposure Time, Absolute", V4L2_CTRL_TYPE_INTEGER, 3...2047)
        _ = try open(driver) { $0.controls = [ControlSetting("exposure", .number(200))] }
        #expect(driver.assignments.map(\.id) == [1, 2] && driver.assignments.map(\.value) == [1, 200])
        #expect {
            _ = try open(driver) { $0.controls = [ControlSetting("exposure", .number(9999))] }
        } throws: {
            "\($0)" == "/dev/fake: exposure: 9999 is out of range; possible: 3 to 2047"
        }
        #expect(driver.openDescriptors == 0)
    }

    @Test("requests that fail while the stream starts are tried again, and the device is closed in between")
    func startErrors() throws {
        for request in [sightline_vidioc_reqbufs, sightline_vidioc_streamon, sightline_vidioc_s_fmt] {
            let driver = FakeDriver()
            let camera = try open(driver)
            var frame = CameraFrame()
            #expect(take(1, from: camera, into: &frame))
            driver.errors[UInt(request)] = [EINVAL, EINVAL, EINVAL]
            driver.hasPollError = true
            #expect(!camera.next(into: &frame, timeoutNanoseconds: 1))
            driver.hasPollError = false
            #expect(take(1, from: camera, into: &frame))
            #expect(driver.openings == 5 && driver.openDescriptors == 1 && driver.mappings == 4)
            #expect(camera.takeEndedFaults().contains { $0.kind == .streamError && $0.count == 4 })
        }
    }

    @Test("a start that fails leaves nothing open")
    func failedStart() {
        for request in [
            sightline_vidioc_reqbufs, sightline_vidioc_querybuf, sightline_vidioc_qbuf, sightline_vidioc_streamon,
        ] {
            let driver = FakeDriver()
            driver.errors[UInt(request)] = [0, EIO, EIO, EIO, EIO]
            if request == sightline_vidioc_reqbufs || request == sightline_vidioc_streamon {
                driver.errors[UInt(request)] = [EIO]
            }
            #expect(throws: CameraError.self) { _ = try open(driver) }
            #expect(driver.openDescriptors == 0 && driver.mappings == 0)
        }
    }

    @Test("a refused buffer is offered again, without a restart")
    func refusedBuffer() throws {
        let driver = FakeDriver()
        let camera = try open(driver)
        var frame = CameraFrame()
        #expect(take(2, from: camera, into: &frame))
        driver.errors[UInt(sightline_vidioc_qbuf)] = [EINVAL]
        #expect(take(20, from: camera, into: &frame))
        #expect(driver.openings == 1 && driver.frameLosses == 0)
        #expect(camera.faults.totals[.bufferError] == 1)
    }

    @Test("marked, short and lost frames are counted and passed over")
    func badFrames() throws {
        let driver = FakeDriver()
        let camera = try open(driver)
        var frame = CameraFrame()
        #expect(take(1, from: camera, into: &frame))
        driver.marksNextAsDamaged = true
        #expect(take(1, from: camera, into: &frame) && frame.sequence == 2)
        driver.makeFrame = { $0 == 3 ? [1, 2, 3] : [UInt8](repeating: UInt8($0), count: 64 * 48 * 2) }
        #expect(take(1, from: camera, into: &frame) && frame.sequence == 4)
        driver.skipFrames = 5
        #expect(take(1, from: camera, into: &frame) && frame.sequence == 10)
        #expect(camera.lostFrames == 5)
        let totals = camera.faults.totals
        #expect(totals == [.errorFlag: 1, .damagedPicture: 1, .lostFrames: 5])
    }

    @Test("half a JPEG is passed over; whole ones are decoded at the scale that is needed and kept as they came")
    func jpeg() throws {
        let picture = try ImageBuffer(ImageDescription(width: 64, height: 48, format: .yuv420p))
        var encoder = try JPEGEncoder()
        let bytes = try encoder.encode(picture.unsafeView, name: "test") { Array($0) }
        let driver = FakeDriver()
        driver.modes = [.init(fourcc: "MJPG", width: 64, height: 48, rates: [30])]
        driver.makeFrame = { $0 == 1 ? Array(bytes.prefix(bytes.count * 2 / 3)) : bytes + [UInt8($0)] }
        let camera = try open(driver) { $0.neededSizes = [.init(width: 32, height: 32)] }
        var frame = CameraFrame()
        #expect(take(2, from: camera, into: &frame) && frame.sequence == 2)
        #expect(frame.unsafeView?.width == 32 && frame.unsafeView?.height == 24)
        #expect(frame.capturedWidth == 64 && frame.capturedHeight == 48)
        #expect(frame.unsafeJPEG.map { Array($0.prefix(bytes.count)) } == bytes)
        #expect(camera.faults.totals[.damagedPicture] == 1)
        withExtendedLifetime(picture.width) {}
    }

    @Test("a driver with two buffers gets them back at once, and JPEGs are kept as copies")
    func copiedJPEG() throws {
        let picture = try ImageBuffer(ImageDescription(width: 64, height: 48, format: .yuv420p))
        var encoder = try JPEGEncoder()
        let bytes = try encoder.encode(picture.unsafeView, name: "test") { Array($0) }
        let driver = FakeDriver()
        driver.modes = [.init(fourcc: "MJPG", width: 64, height: 48, rates: [30])]
        driver.mostBuffers = 2
        driver.makeFrame = { bytes + [UInt8](repeating: UInt8($0), count: 1 + Int($0) * 100) }
        let camera = try open(driver)
        var first = CameraFrame()
        var next = CameraFrame()
        #expect(take(1, from: camera, into: &first))
        for number in 1...20 {
            #expect(take(1, from: camera, into: &next))
            #expect(next.unsafeJPEG.map { [UInt8]($0) } == driver.makeFrame?(UInt32(number)))
        }
        #expect(first.unsafeJPEG.map { [UInt8]($0) } == driver.makeFrame?(0) && first.unsafeView?.width == 64)
        #expect(driver.frameLosses == 0 && camera.faults.totals.isEmpty)
        camera.giveBack(&first)
        #expect(first.unsafeJPEG == nil && first.unsafeView == nil)
        withExtendedLifetime(picture.width) {}
    }

    @Test("silence leads to a restart; what the driver gives in the end is delivered")
    func silence() throws {
        let driver = FakeDriver()
        let camera = try open(driver)
        var frame = CameraFrame()
        #expect(take(1, from: camera, into: &frame))
        driver.isSilent = true
        #expect(!camera.next(into: &frame, timeoutNanoseconds: second))
        #expect(camera.faults.active.map(\.kind) == [.silent])
        driver.isSilent = false
        #expect(take(1, from: camera, into: &frame))
        #expect(driver.openings >= 2 && camera.faults.active.isEmpty)
    }

    @Test("a frozen picture and a frozen number are noticed, not delivered, and end with a new picture")
    func frozen() throws {
        for byNumber in [false, true] {
            let driver = FakeDriver()
            let camera = try open(driver)
            var frame = CameraFrame()
            #expect(take(3, from: camera, into: &frame))
            driver.isFrozen = !byNumber
            driver.repeatsSequence = byNumber
            var delivered = 0
            let begin = driver.now
            while driver.now - begin < 3 * second {
                if camera.next(into: &frame, timeoutNanoseconds: second / 10) { delivered += 1 }
                if byNumber, driver.openings > 1 { driver.repeatsSequence = false }
            }
            #expect(driver.openings > 1)
            if !byNumber { #expect(delivered < 35 && camera.faults.active.map(\.kind) == [.frozen]) }
            driver.isFrozen = false
            #expect(take(3, from: camera, into: &frame))
            #expect(camera.faults.active.isEmpty && camera.takeEndedFaults().map(\.kind) == [.frozen])
        }
    }

    @Test("a camera that comes back with another format is negotiated anew")
    func changedFormat() throws {
        let driver = FakeDriver()
        let camera = try open(driver)
        var frame = CameraFrame()
        #expect(take(1, from: camera, into: &frame))
        driver.modes = [.init(fourcc: "NV12", width: 32, height: 16, rates: [15])]
        driver.pendingSourceChange = true
        #expect(take(1, from: camera, into: &frame))
        #expect(frame.unsafeView?.format == .nv12 && frame.unsafeView?.width == 32)
        #expect(camera.format.rate?.perSecond == 15)
        #expect(camera.takeEndedFaults().contains { $0.kind == .formatChanged && $0.detail.contains("NV12 32x16") })
    }

    @Test("a camera that another program has taken is waited for")
    func taken() throws {
        let driver = FakeDriver()
        let camera = try open(driver)
        var frame = CameraFrame()
        #expect(take(1, from: camera, into: &frame))
        driver.hasPollError = true
        driver.openError = EBUSY
        #expect(!camera.next(into: &frame, timeoutNanoseconds: second))
        #expect(camera.faults.active.map(\.kind) == [.streamError, .busy])
        driver.hasPollError = false
        driver.openError = 0
        #expect(take(1, from: camera, into: &frame) && camera.faults.active.isEmpty)
    }

    @Test("stamps of another clock are converted, and senseless ones reported")
    func stamps() throws {
        let driver = FakeDriver()
        driver.stampFlags = 0
        driver.stampOffset = driver.realTimeOffset - 9_000_000
        let camera = try open(driver)
        var frame = CameraFrame()
        #expect(take(1, from: camera, into: &frame))
        #expect(frame.time.origin == .convertedRealTime && driver.now - frame.time.moment == 9_000_000)
        driver.stampOffset = -driver.now.nanoseconds
        #expect(take(1, from: camera, into: &frame))
        #expect(frame.time.origin == .arrival && frame.time.moment == driver.now)
        #expect(camera.faults.totals == [.badTimestamp: 1])
    }

    @Test("what cannot be opened says why and what helps")
    func hints() {
        func message(_ change: (FakeDriver) -> Void) -> String {
            let driver = FakeDriver()
            change(driver)
            do {
                _ = try open(driver)
                return "opened"
            } catch {
                return "\(error)"
            }
        }
        #expect(message { $0.isPresent = false }.hasPrefix("/dev/fake: no such device; "))
        #expect(message { $0.openError = EACCES }.contains("sudo usermod -aG video $USER"))
        #expect(message { $0.openError = EBUSY }.contains("sudo fuser -v /dev/fake"))
        #expect(message { $0.errors[UInt(sightline_vidioc_s_fmt)] = [EBUSY] }.contains("in use by another program"))
        #expect(
            message { $0.capabilities = UInt32(V4L2_CAP_META_CAPTURE | V4L2_CAP_STREAMING) }
                .contains("a metadata node, not a capture device"))
        #expect(message { $0.errors[UInt(sightline_vidioc_querycap)] = [ENOTTY] }.contains("not a V4L2 device"))
        #expect(
            message { $0.modes = [.init(fourcc: "H264", width: 64, height: 48, rates: [30])] }.contains("offered: H264")
        )
    }
}
