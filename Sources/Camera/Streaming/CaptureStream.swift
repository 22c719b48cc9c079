import CV4L2
import Glibc
import Platform

/// A device that streams into mapped buffers, until this object ends its life.
final class CaptureStream {
    let device: VideoDevice
    let format: ActiveFormat
    let buffers: DriverBuffers
    let converter: FrameConverter?
    /// Whether the driver gave so many buffers that frames may keep theirs, and leaves alone what it has handed out. Otherwise
    /// frames are copied, for a driver without buffers delivers nothing.
    let framesMayHold: Bool
    /// Buffers that the driver refused to take back; they are offered again.
    private var refused: [Int] = []
    private var isStreaming = false

    /// A filled buffer, taken from the driver.
    struct Filled {
        var index: Int
        var byteCount: Int
        var flags: UInt32
        var sequence: UInt32
        /// Nanoseconds on the clock that the flags name.
        var stamp: Int64

        var hasError: Bool { flags & UInt32(V4L2_BUF_FLAG_ERROR) != 0 }
    }

    enum Dequeued {
        case filled(Filled)
        case nothing
        case failed(Int32)
    }

    private init(
        device: consuming VideoDevice, format: ActiveFormat, buffers: DriverBuffers, converter: FrameConverter?,
        framesMayHold: Bool
    ) {
        self.device = device
        self.format = format
        self.buffers = buffers
        self.converter = converter
        self.framesMayHold = framesMayHold
        refused.reserveCapacity(buffers.count)
    }

    deinit {
        var type = Self.captureType
        if isStreaming { _ = device.control(sightline_vidioc_streamoff, &type) }
        buffers.detach()
    }

    private static var captureType: UInt32 { V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue }

    // MARK: - Opening

    /// Sets a format and starts to stream.
    ///
    /// - Parameter framesHeld: how many buffers frames may have at the same time; the driver gets what it needs beyond that.
    static func start(
        _ device: consuming VideoDevice, choice: CaptureChoice, framesHeld: Int
    ) throws(CameraError) -> CaptureStream {
        let identity = try device.identity()
        let (format, native) = try setFormat(device, choice)
        var converter: FrameConverter?
        if format.reading == .converted {
            converter = FrameConverter(device: device, source: native)
            guard converter != nil else {
                throw .noUsableFormat(
                    path: device.path, wish: "\(choice)", offered: device.formatNames().map { "\($0.fourcc)" })
            }
        }
        // Two for a driver: one that it fills while the other waits to be fetched.
        let needed = max(2, device.value(of: sightline_cid_min_buffers_for_capture) ?? 0)
        let buffers = try map(device, count: needed + framesHeld)
        let stream = CaptureStream(
            device: device, format: format, buffers: buffers, converter: converter,
            framesMayHold: buffers.count >= needed + framesHeld && identity.leavesBuffersAlone)
        try stream.start()
        return stream
    }

    private static func setFormat(
        _ device: borrowing VideoDevice, _ choice: CaptureChoice
    ) throws(CameraError) -> (ActiveFormat, v4l2_format) {
        var format = v4l2_format()
        format.type = captureType
        format.fmt.pix.width = UInt32(choice.width)
        format.fmt.pix.height = UInt32(choice.height)
        format.fmt.pix.pixelformat = choice.fourcc.code
        format.fmt.pix.field = V4L2_FIELD_NONE.rawValue
        format.fmt.pix.priv = sightline_pix_fmt_priv_magic
        try device.require("VIDIOC_S_FMT", sightline_vidioc_s_fmt, &format)
        guard format.fmt.pix.pixelformat == choice.fourcc.code else {
            throw .noUsableFormat(
                path: device.path, wish: "\(choice)", offered: ["\(FourCC(code: format.fmt.pix.pixelformat))"])
        }
        return (ActiveFormat(format.fmt.pix, rate: setRate(device, choice.rate)), format)
    }

    /// Asks for a rate; what the driver set, or nil where it has no say in it.
    private static func setRate(_ device: borrowing VideoDevice, _ rate: FrameRate?) -> FrameRate? {
        var parameters = v4l2_streamparm()
        parameters.type = captureType
        if let rate {
            parameters.parm.capture.timeperframe = v4l2_fract(
                numerator: rate.intervalNumerator, denominator: rate.intervalDenominator)
            guard device.ask(sightline_vidioc_s_parm, &parameters) else { return nil }
        } else {
            guard device.ask(sightline_vidioc_g_parm, &parameters) else { return nil }
        }
        let interval = parameters.parm.capture.timeperframe
        return interval.numerator > 0 && interval.denominator > 0 ? FrameRate(interval) : nil
    }

    private static func map(_ device: borrowing VideoDevice, count: Int) throws(CameraError) -> DriverBuffers {
        var request = v4l2_requestbuffers()
        request.count = UInt32(count)
        request.type = captureType
        request.memory = V4L2_MEMORY_MMAP.rawValue
        try device.require("VIDIOC_REQBUFS", sightline_vidioc_reqbufs, &request)
        guard request.count >= 2 else { throw .call(name: "VIDIOC_REQBUFS", path: device.path, code: ENOMEM) }
        var mappings: [UnsafeMutableRawBufferPointer] = []
        var failure: CameraError?
        for index in 0..<request.count where failure == nil {
            var buffer = v4l2_buffer()
            buffer.index = index
            buffer.type = captureType
            buffer.memory = V4L2_MEMORY_MMAP.rawValue
            let result = device.control(sightline_vidioc_querybuf, &buffer)
            if result < 0 {
                failure = device.failure("VIDIOC_QUERYBUF", code: -result)
            } else if let address = device.calls.map(device.descriptor, Int(buffer.length), Int(buffer.m.offset)) {
                mappings.append(.init(start: address, count: Int(buffer.length)))
            } else {
                failure = .call(name: "mmap of a frame buffer", path: device.path, code: ENOMEM)
            }
        }
        let buffers = DriverBuffers(mappings, calls: device.calls)
        if let failure { throw failure }
        return buffers
    }

    private func start() throws(CameraError) {
        for index in 0..<buffers.count {
            let result = enqueue(index)
            if result < 0 { throw device.failure("VIDIOC_QBUF", code: -result) }
        }
        var type = Self.captureType
        try device.require("VIDIOC_STREAMON", sightline_vidioc_streamon, &type)
        isStreaming = true
        subscribeToChanges()
    }

    // MARK: - Streaming

    /// Takes a filled buffer from the driver, if there is one.
    func dequeue() -> Dequeued {
        var buffer = v4l2_buffer()
        buffer.type = Self.captureType
        buffer.memory = V4L2_MEMORY_MMAP.rawValue
        let result = device.control(sightline_vidioc_dqbuf, &buffer)
        if result == -EAGAIN { return .nothing }
        guard result == 0, Int(buffer.index) < buffers.count else { return .failed(result == 0 ? EINVAL : -result) }
        let index = Int(buffer.index)
        let stamp = Int64(buffer.timestamp.tv_sec) &* 1_000_000_000 &+ Int64(buffer.timestamp.tv_usec) &* 1000
        return .filled(
            Filled(
                index: index, byteCount: min(Int(buffer.bytesused), buffers.bytes(index).count), flags: buffer.flags,
                sequence: buffer.sequence, stamp: stamp))
    }

    /// Gives a buffer back to the driver, and those that it refused before: 0 or the error code of the last refusal.
    ///
    /// A refused buffer is offered again with the next one.
    func requeue(_ index: Int) -> Int32 {
        refused.append(index)
        var code: Int32 = 0
        var kept = 0
        for position in refused.indices {
            let result = enqueue(refused[position])
            if result < 0 {
                code = -result
                refused[kept] = refused[position]
                kept += 1
            }
        }
        refused.removeLast(refused.count - kept)
        return code
    }

    private func enqueue(_ index: Int) -> Int32 {
        var buffer = v4l2_buffer()
        buffer.index = UInt32(index)
        buffer.type = Self.captureType
        buffer.memory = V4L2_MEMORY_MMAP.rawValue
        return device.control(sightline_vidioc_qbuf, &buffer)
    }

    // MARK: - Events

    private func subscribeToChanges() {
        var subscription = v4l2_event_subscription()
        subscription.type = UInt32(V4L2_EVENT_SOURCE_CHANGE)
        // Many drivers have no such event.
        _ = device.control(sightline_vidioc_subscribe_event, &subscription)
    }

    /// Takes all pending events; whether one of them says that the source's format has changed.
    func takeSourceChange() -> Bool {
        var changed = false
        var event = v4l2_event()
        while device.ask(sightline_vidioc_dqevent, &event) {
            if event.type == UInt32(V4L2_EVENT_SOURCE_CHANGE) { changed = true }
            if event.pending == 0 { break }
        }
        return changed
    }
}
