import CLinux
import CV4L2
import Glibc
import Imaging
import Platform

import Camera

/// A V4L2 driver in this process, on a clock that only moves when somebody waits, or on the machine's. It counts what is open
/// and mapped.
///
/// It encodes our reading of the specification; what the kernel does is tested in User Mode Linux.
package final class FakeDriver: @unchecked Sendable {
    // Sendable without checking is sound: each test uses its driver from one thread.

    package struct Mode: Equatable {
        package var fourcc: FourCC
        package var width: Int
        package var height: Int
        package var rates: [UInt32]

        package init(fourcc: FourCC, width: Int, height: Int, rates: [UInt32]) {
            (self.fourcc, self.width, self.height, self.rates) = (fourcc, width, height, rates)
        }
    }

    package struct Control {
        package var query = v4l2_queryctrl()
        package var value: Int32
        package var menu: [Int32: String] = [:]
    }

    // What a test sets.
    package var modes = [Mode(fourcc: "YUYV", width: 64, height: 48, rates: [30])]
    package var controls: [UInt32: Control] = [:]
    package var capabilities = UInt32(V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING)
    package var isPresent = true
    package var openError: Int32 = 0
    package var mostBuffers = 32
    /// Errors for the next calls of a request, first in, first out; 0 lets one pass.
    package var errors: [UInt: [Int32]] = [:]
    package var hasPollError = false
    package var isSilent = false
    package var isFrozen = false
    package var repeatsSequence = false
    package var pendingSourceChange = false
    package var marksNextAsDamaged = false
    package var skipFrames: UInt32 = 0
    package var stampFlags = UInt32(V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC)
    package var stampOffset: Int64 = 0
    package var realTimeOffset: Int64 = 1_700_000_000_000_000_000
    /// The bytes of a compressed frame; nil for raw frames of the format's size.
    package var makeFrame: ((UInt32) -> [UInt8])?

    // What a test looks at.
    package private(set) var openDescriptors = 0
    private var mapped: Set<UnsafeMutableRawPointer> = []
    package var mappings: Int { mapped.count }
    package private(set) var openings = 0
    package private(set) var frameLosses = 0
    package private(set) var assignments: [(id: UInt32, value: Int32)] = []
    package private(set) var buffers: [(address: UnsafeMutableRawPointer, length: Int)?] = []
    package private(set) var now = MonotonicTime(nanoseconds: 1_000_000_000_000)

    private var format = v4l2_pix_format()
    private var rate: UInt32 = 30
    private var lengths: [Int] = []
    private var queued: [Int] = []
    private var filled: [v4l2_buffer] = []
    private var isStreaming = false
    private var nextDue = MonotonicTime(nanoseconds: 0)
    private var sequence: UInt32 = 0
    private var pictureNumber: UInt8 = 0

    private static let pageSize = 4096

    /// Whether waiting takes as long as it says, from the machine's present time on: for runs with threads of their own.
    private let isRealTime: Bool

    package init(isRealTime: Bool = false) {
        self.isRealTime = isRealTime
        if isRealTime { now = .now }
    }

    package var calls: DeviceCalls {
        DeviceCalls(
            open: { [self] _ in open() }, close: { [self] _ in close() },
            control: { [self] in control($0, $1, $2) }, map: { [self] in map($1, $2) },
            unmap: { [self] address, length in
                mapped.remove(address)
                munmap(address, length)
                forget(address)
            },
            detach: { [self] address, length in
                mapped.remove(address)
                forget(address)
                return sightline_memory_detach(address, length)
            },
            poll: { [self] _, _, milliseconds in poll(Int64(milliseconds) * 1_000_000) },
            clock: { [self] in .init(monotonic: now, realTimeOffset: realTimeOffset) },
            sleep: { [self] in if $0 > now { advance(to: $0) } })
    }

    /// Lets time pass.
    package func advance(seconds: Double) {
        advance(to: now + Int64(seconds * 1e9))
    }

    package func addControl(
        _ id: UInt32, _ name: String, _ type: v4l2_ctrl_type, _ range: ClosedRange<Int32> = 0...1, step: Int32 = 1,
        menu: [Int32: String] = [:]
    ) {
        var control = Control(value: range.lowerBound, menu: menu)
        control.query.id = id
        control.query.type = type.rawValue
        control.query.minimum = range.lowerBound
        control.query.maximum = range.upperBound
        control.query.step = step
        withUnsafeMutableBytes(of: &control.query.name) { $0.copyBytes(from: Array(name.utf8.prefix(31))) }
        controls[id] = control
    }

    // MARK: - Calls

    private func open() -> Int32 {
        guard isPresent else { return -ENOENT }
        guard openError == 0 else { return -openError }
        openDescriptors += 1
        openings += 1
        return 100
    }

    private func close() {
        openDescriptors -= 1
        isStreaming = false
        queued = []
        filled = []
    }

    private func map(_ length: Int, _ offset: Int) -> UnsafeMutableRawPointer? {
        let address = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let address, address != MAP_FAILED else { return nil }
        mapped.insert(address)
        let index = offset / Self.pageSize
        while buffers.count <= index { buffers.append(nil) }
        buffers[index] = (address, length)
        return address
    }

    private func forget(_ address: UnsafeMutableRawPointer) {
        for index in buffers.indices where buffers[index]?.address == address { buffers[index] = nil }
    }

    private func poll(_ timeout: Int64) -> (Int32, Int16) {
        guard isPresent else { return (1, Int16(POLLERR | POLLHUP)) }
        if hasPollError { return (1, Int16(POLLERR)) }
        if pendingSourceChange { return (1, Int16(POLLPRI)) }
        let end = now + timeout
        while filled.isEmpty, isStreaming, !isSilent, nextDue <= end { advance(to: max(nextDue, now)) }
        if filled.isEmpty { advance(to: end) }
        return filled.isEmpty ? (0, 0) : (1, Int16(POLLIN))
    }

    private func control(_ descriptor: Int32, _ request: UInt, _ argument: UnsafeMutableRawPointer) -> Int32 {
        guard isPresent else { return -ENODEV }
        if let error = errors[request]?.first {
            errors[request]?.removeFirst()
            if error != 0 { return -error }
        }
        func with<Argument>(_ type: Argument.Type, _ body: (inout Argument) -> Int32) -> Int32 {
            body(&argument.assumingMemoryBound(to: type).pointee)
        }
        switch request {
        case sightline_vidioc_querycap: return with(v4l2_capability.self, queryCapabilities)
        case sightline_vidioc_enum_fmt: return with(v4l2_fmtdesc.self, enumerateFormats)
        case sightline_vidioc_enum_framesizes: return with(v4l2_frmsizeenum.self, enumerateSizes)
        case sightline_vidioc_enum_frameintervals: return with(v4l2_frmivalenum.self, enumerateRates)
        case sightline_vidioc_try_fmt: return with(v4l2_format.self) { tryFormat(&$0) }
        case sightline_vidioc_s_fmt: return with(v4l2_format.self) { setFormat(&$0) }
        case sightline_vidioc_s_parm, sightline_vidioc_g_parm: return with(v4l2_streamparm.self) { setRate(&$0) }
        case sightline_vidioc_reqbufs: return with(v4l2_requestbuffers.self) { requestBuffers(&$0) }
        case sightline_vidioc_querybuf: return with(v4l2_buffer.self) { queryBuffer(&$0) }
        case sightline_vidioc_qbuf: return with(v4l2_buffer.self) { queue($0) }
        case sightline_vidioc_dqbuf: return with(v4l2_buffer.self) { dequeue(&$0) }
        case sightline_vidioc_streamon: return streamOn()
        case sightline_vidioc_streamoff:
            isStreaming = false
            return 0
        case sightline_vidioc_queryctrl: return with(v4l2_queryctrl.self) { queryControl(&$0) }
        case sightline_vidioc_querymenu: return with(sightline_menu_item.self) { queryMenu(&$0) }
        case sightline_vidioc_g_ctrl: return with(v4l2_control.self) { getControl(&$0) }
        case sightline_vidioc_s_ctrl: return with(v4l2_control.self) { setControl($0) }
        case sightline_vidioc_dqevent: return with(v4l2_event.self) { takeEvent(&$0) }
        default: return -ENOTTY
        }
    }

    // MARK: - Description

    private func queryCapabilities(_ capability: inout v4l2_capability) -> Int32 {
        withUnsafeMutableBytes(of: &capability.driver) { $0.copyBytes(from: "fake".utf8) }
        withUnsafeMutableBytes(of: &capability.card) { $0.copyBytes(from: "Fake camera".utf8) }
        withUnsafeMutableBytes(of: &capability.bus_info) { $0.copyBytes(from: "fake:1".utf8) }
        capability.capabilities = capabilities | UInt32(V4L2_CAP_DEVICE_CAPS)
        capability.device_caps = capabilities
        return 0
    }

    private var formats: [FourCC] {
        modes.reduce(into: []) { if !$0.contains($1.fourcc) { $0.append($1.fourcc) } }
    }

    private func enumerateFormats(_ entry: inout v4l2_fmtdesc) -> Int32 {
        guard Int(entry.index) < formats.count else { return -EINVAL }
        entry.pixelformat = formats[Int(entry.index)].code
        return 0
    }

    private func enumerateSizes(_ entry: inout v4l2_frmsizeenum) -> Int32 {
        let sizes = modes.filter { $0.fourcc.code == entry.pixel_format }
        guard Int(entry.index) < sizes.count else { return -EINVAL }
        let mode = sizes[Int(entry.index)]
        entry.type = V4L2_FRMSIZE_TYPE_DISCRETE.rawValue
        entry.discrete = v4l2_frmsize_discrete(width: UInt32(mode.width), height: UInt32(mode.height))
        return 0
    }

    private func enumerateRates(_ entry: inout v4l2_frmivalenum) -> Int32 {
        let (code, width, height) = (entry.pixel_format, Int(entry.width), Int(entry.height))
        let mode = modes.first { $0.fourcc.code == code && $0.width == width && $0.height == height }
        guard let mode, Int(entry.index) < mode.rates.count else { return -EINVAL }
        entry.type = V4L2_FRMIVAL_TYPE_DISCRETE.rawValue
        entry.discrete = v4l2_fract(numerator: 1, denominator: mode.rates[Int(entry.index)])
        return 0
    }

    // MARK: - Format

    private func tryFormat(_ wished: inout v4l2_format) -> Int32 {
        let pixels = wished.fmt.pix
        let mode =
            modes.first {
                $0.fourcc.code == pixels.pixelformat && $0.width == pixels.width && $0.height == pixels.height
            } ?? modes.first { $0.fourcc.code == pixels.pixelformat } ?? modes[0]
        var result = v4l2_pix_format()
        result.width = UInt32(mode.width)
        result.height = UInt32(mode.height)
        result.pixelformat = mode.fourcc.code
        let isJPEG = FrameReading(mode.fourcc) == .jpeg
        result.bytesperline = isJPEG ? 0 : UInt32(mode.width * (mode.fourcc == "NV12" ? 1 : 2))
        result.sizeimage = UInt32(mode.width * mode.height * 2)
        wished.fmt.pix = result
        return 0
    }

    private func setFormat(_ wished: inout v4l2_format) -> Int32 {
        guard lengths.isEmpty || mappings == 0 else { return -EBUSY }
        _ = tryFormat(&wished)
        format = wished.fmt.pix
        return 0
    }

    private func setRate(_ parameters: inout v4l2_streamparm) -> Int32 {
        if parameters.parm.capture.timeperframe.numerator > 0 {
            rate = parameters.parm.capture.timeperframe.denominator / parameters.parm.capture.timeperframe.numerator
        }
        parameters.parm.capture.timeperframe = v4l2_fract(numerator: 1, denominator: rate)
        return 0
    }

    // MARK: - Buffers

    private func requestBuffers(_ request: inout v4l2_requestbuffers) -> Int32 {
        guard mappings == 0 else { return -EBUSY }
        let length = (Int(format.sizeimage) + Self.pageSize - 1) & ~(Self.pageSize - 1)
        request.count = min(request.count, UInt32(mostBuffers))
        lengths = Array(repeating: length, count: Int(request.count))
        queued = []
        return 0
    }

    private func queryBuffer(_ buffer: inout v4l2_buffer) -> Int32 {
        guard Int(buffer.index) < lengths.count else { return -EINVAL }
        buffer.length = UInt32(lengths[Int(buffer.index)])
        buffer.m.offset = buffer.index * UInt32(Self.pageSize)
        return 0
    }

    private func queue(_ buffer: v4l2_buffer) -> Int32 {
        let index = Int(buffer.index)
        guard index < lengths.count, !queued.contains(index), !filled.contains(where: { $0.index == buffer.index })
        else {
            return -EINVAL
        }
        queued.append(index)
        return 0
    }

    private func dequeue(_ buffer: inout v4l2_buffer) -> Int32 {
        if hasPollError { return -EIO }
        guard !filled.isEmpty else { return -EAGAIN }
        buffer = filled.removeFirst()
        return 0
    }

    private func streamOn() -> Int32 {
        isStreaming = true
        sequence = 0
        nextDue = now + period
        return 0
    }

    /// Moves the clock, and captures what falls due.
    private func advance(to moment: MonotonicTime) {
        if isRealTime { moment.sleepUntil() }
        while isStreaming, isPresent, !isSilent, nextDue <= moment {
            now = max(now, nextDue)
            capture()
            nextDue = nextDue + period
        }
        now = max(now, moment)
    }

    /// In whole microseconds, as stamps are.
    private var period: Int64 { 1_000_000 / Int64(rate) * 1000 }

    private func capture() {
        sequence += skipFrames
        skipFrames = 0
        if !isFrozen { pictureNumber &+= 1 }
        guard !queued.isEmpty, let mapping = buffers[queued[0]] else {
            frameLosses += 1
            sequence += 1
            return
        }
        var buffer = v4l2_buffer()
        buffer.index = UInt32(queued.removeFirst())
        buffer.flags = stampFlags | (marksNextAsDamaged ? UInt32(V4L2_BUF_FLAG_ERROR) : 0)
        marksNextAsDamaged = false
        buffer.sequence = sequence
        if !repeatsSequence { sequence += 1 }
        let stamp = now.nanoseconds + stampOffset
        buffer.timestamp = timeval(tv_sec: Int(stamp / 1_000_000_000), tv_usec: Int(stamp % 1_000_000_000 / 1000))
        if let bytes = makeFrame?(buffer.sequence) {
            UnsafeMutableRawBufferPointer(start: mapping.address, count: mapping.length).copyBytes(from: bytes)
            buffer.bytesused = UInt32(bytes.count)
        } else {
            memset(mapping.address, Int32(pictureNumber), Int(format.sizeimage))
            buffer.bytesused = format.sizeimage
        }
        filled.append(buffer)
    }

    // MARK: - Controls and events

    private func queryControl(_ query: inout v4l2_queryctrl) -> Int32 {
        let last = query.id & ~UInt32(V4L2_CTRL_FLAG_NEXT_CTRL)
        guard let id = controls.keys.filter({ $0 > last }).min(), let control = controls[id] else { return -EINVAL }
        query = control.query
        return 0
    }

    private func queryMenu(_ item: inout sightline_menu_item) -> Int32 {
        guard let name = controls[item.id]?.menu[Int32(item.index)] else { return -EINVAL }
        withUnsafeMutableBytes(of: &item.name) { $0.copyBytes(from: name.utf8) }
        return 0
    }

    private func getControl(_ control: inout v4l2_control) -> Int32 {
        guard let value = controls[control.id]?.value else { return -EINVAL }
        control.value = value
        return 0
    }

    private func setControl(_ control: v4l2_control) -> Int32 {
        guard controls[control.id] != nil else { return -EINVAL }
        controls[control.id]?.value = control.value
        assignments.append((control.id, control.value))
        return 0
    }

    private func takeEvent(_ event: inout v4l2_event) -> Int32 {
        guard pendingSourceChange else { return -ENOENT }
        pendingSourceChange = false
        event.type = UInt32(V4L2_EVENT_SOURCE_CHANGE)
        return 0
    }
}
