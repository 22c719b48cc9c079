import Glibc
import Imaging
import Platform

/// A camera that keeps delivering frames: it is opened again when it is unplugged, ends its stream with an error, falls
/// silent or freezes, and its controls are set again.
///
/// One thread uses it. Once it streams, a frame costs no allocation.
public final class Camera {
    public let settings: CameraSettings
    /// The node or link by which the camera is found again.
    public let path: String
    public private(set) var identity: DeviceIdentity
    /// What the driver delivers; the last known format while the camera is away.
    public private(set) var format: ActiveFormat
    /// What the device did not accept of the wished controls when they were set last, one line each.
    public private(set) var refusedControls: [String] = []
    /// How often the device was opened.
    public private(set) var openings = 0

    let calls: DeviceCalls
    private var stream: CaptureStream?
    private var supervisor: CameraSupervisor
    private var digest = PictureDigest()
    private var decoder: JPEGDecoder

    /// Opens a camera and starts to stream.
    ///
    /// - Throws: ``CameraError`` when it cannot be used now, or a control cannot be set as wished. What happens later is not
    ///   thrown: it is found in ``faults``.
    public convenience init(_ settings: CameraSettings) throws(CameraError) {
        try self.init(settings, calls: .system)
    }

    package init(_ settings: CameraSettings, calls: DeviceCalls) throws(CameraError) {
        self.settings = settings
        self.calls = calls
        path = DevicePaths.stable(DevicePaths.path(for: settings.device))
        do throws(ImagingError) { decoder = try JPEGDecoder() } catch { throw .imaging(error) }
        supervisor = CameraSupervisor(now: calls.clock().monotonic)
        let opened: Opened
        do throws(CameraError) {
            opened = try Self.open(path, settings, calls, last: nil)
        } catch {
            throw error.withHints()
        }
        (identity, stream, format) = (opened.identity, opened.stream, opened.stream.format)
        noteOpening(opened)
    }

    // MARK: - State

    /// What is wrong now, what was, and how often.
    public var faults: FaultLedger { supervisor.ledger }

    /// Grows whenever ``faults`` change.
    public var faultRevision: Int { supervisor.ledger.revision }

    /// Hands over the faults that have ended since the last call.
    public func takeEndedFaults() -> [CameraFault] { supervisor.takeEndedFaults() }

    /// Frames that the driver's numbers say were lost.
    public var lostFrames: UInt64 { supervisor.lostFrames }

    /// Frames that were not decoded, because a newer one had come.
    public private(set) var skippedFrames: UInt64 = 0
    private var skipsInARow = 0

    public var isStreaming: Bool { stream != nil }

    /// Buffers that are mapped now.
    public var bufferCount: Int { stream?.buffers.count ?? 0 }

    /// A new DMABUF descriptor for the driver's buffer that a frame has, or nil when the driver does not give it out.
    public func exportDMABUF(of frame: borrowing CameraFrame) -> FileDescriptor? {
        guard let stream, frame.buffers === stream.buffers else { return nil }
        let descriptor = stream.device.export(buffer: frame.index)
        return descriptor < 0 ? nil : FileDescriptor(owning: descriptor)
    }

    // MARK: - Frames

    /// Gives the frame's buffer back and waits for the newest good frame.
    ///
    /// - Returns: whether a frame came in time. Otherwise the frame is empty, and the camera is idle, away or being reopened:
    ///   call again.
    public func next(into frame: inout CameraFrame, timeoutNanoseconds: Int64) -> Bool {
        giveBack(&frame)
        var now = calls.clock().monotonic
        let deadline = now + timeoutNanoseconds
        repeat {
            supervisor.settle(at: now)
            switch supervisor.state {
            case .streaming:
                if receive(into: &frame, until: deadline) { return true }
            case .closed(let retryAt) where retryAt <= now:
                reopen()
            case .closed(let retryAt):
                calls.sleep(min(retryAt, deadline))
            }
            now = calls.clock().monotonic
        } while now < deadline
        return false
    }

    /// Empties a frame; its buffer goes back to the driver, if it is still the driver's.
    public func giveBack(_ frame: inout CameraFrame) {
        frame.content = .none
        frame.keptCount = 0
        guard let buffers = frame.buffers else { return }
        let index = frame.index
        frame.buffers = nil
        buffers.hold(index, false)
        if buffers === stream?.buffers { requeue(index) }
    }

    private func requeue(_ index: Int) {
        guard let stream else { return }
        let code = stream.requeue(index)
        guard code != 0 else { return }
        if supervisor.failed("VIDIOC_QBUF", code: code, hasPollError: false, at: calls.clock().monotonic) { close() }
    }

    private func receive(into frame: inout CameraFrame, until deadline: MonotonicTime) -> Bool {
        guard let stream else { return false }
        let silence = supervisor.silenceDeadline
        let wait = max(0, min(deadline, silence) - calls.clock().monotonic)
        let (count, events) = calls.poll(
            stream.device.descriptor, Int16(POLLIN | POLLPRI), Int32(clamping: (wait + 999_999) / 1_000_000))
        let now = calls.clock().monotonic
        if count == -EINTR { return false }
        if count == 0 {
            if now >= silence {
                supervisor.silent(at: now)
                close()
            }
            return false
        }
        if events & Int16(POLLPRI) != 0, stream.takeSourceChange() {
            supervisor.sourceChanged(at: now)
            close()
            return false
        }
        let hasError = count < 0 || events & Int16(POLLERR | POLLHUP | POLLNVAL) != 0
        switch stream.dequeue() {
        case .filled(let filled):
            return take(filled, of: stream, into: &frame)
        case .nothing where !hasError:
            return false
        case .nothing:
            trouble("poll", code: count < 0 ? -count : 0, hasError)
        case .failed(let code):
            trouble("VIDIOC_DQBUF", code: code, hasError)
        }
        return false
    }

    private func trouble(_ call: String, code: Int32, _ hasPollError: Bool) {
        if supervisor.failed(call, code: code, hasPollError: hasPollError, at: calls.clock().monotonic) { close() }
    }

    /// Judges a buffer's content and makes it the frame's; whether it was good.
    private func take(_ filled: CaptureStream.Filled, of stream: CaptureStream, into frame: inout CameraFrame) -> Bool {
        let clock = calls.clock()
        let time = CaptureTime(stamp: filled.stamp, flags: filled.flags, clock: clock)
        let bytes = UnsafeRawBufferPointer(rebasing: stream.buffers.bytes(filled.index).prefix(filled.byteCount))
        let verdict = supervisor.judge(
            .init(
                sequence: filled.sequence, hasErrorFlag: filled.hasError,
                picture: filled.hasError ? 0 : digest.update(bytes), hasUsableStamp: time.origin != .arrival),
            at: clock.monotonic)
        guard verdict == .deliver else {
            if verdict == .reopen { close() } else { requeue(filled.index) }
            return false
        }
        // A driver that is always ahead must not keep us from ever decoding one.
        if format.reading.isWork, skipsInARow + 1 < stream.buffers.count, isAnotherReady(stream) {
            skipsInARow += 1
            skippedFrames += 1
            requeue(filled.index)
            return false
        }
        skipsInARow = 0
        if let damage = fill(&frame, from: bytes, of: stream) {
            supervisor.damaged(damage, at: clock.monotonic)
            requeue(filled.index)
            return false
        }
        frame.sequence = filled.sequence
        frame.time = time
        frame.arrival = clock.monotonic
        if stream.framesMayHold {
            frame.buffers = stream.buffers
            frame.index = filled.index
            frame.byteCount = filled.byteCount
            stream.buffers.hold(filled.index, true)
        } else {
            requeue(filled.index)
        }
        supervisor.delivered(at: clock.monotonic)
        return true
    }

    /// Whether the driver has a newer frame already: then this one is not worth decoding.
    private func isAnotherReady(_ stream: CaptureStream) -> Bool {
        let (count, events) = calls.poll(stream.device.descriptor, Int16(POLLIN), 0)
        return count > 0 && events == Int16(POLLIN)
    }

    /// Reads, decodes or converts; a sentence when the frame is damaged.
    private func fill(_ frame: inout CameraFrame, from bytes: UnsafeRawBufferPointer, of stream: CaptureStream)
        -> String?
    {
        let format = stream.format
        frame.capturedWidth = format.width
        frame.capturedHeight = format.height
        frame.isCompressed = format.reading == .jpeg
        switch format.reading {
        case .direct:
            guard let view = format.view(bytes) else {
                return "a frame of \(bytes.count) bytes, too few for \(format)"
            }
            guard !stream.framesMayHold else {
                frame.content = .driver(format)
                break
            }
            do throws(ImagingError) { try frame.picture.copy(view) } catch { return "\(error)" }
            frame.content = .decoded
        case .jpeg:
            return stream.framesMayHold ? decode(bytes, into: &frame) : decodeCopy(of: bytes, into: &frame)
        case .converted:
            guard let converter = stream.converter else { return "no converter" }
            do throws(PlatformError) {
                if frame.converted?.byteCount != converter.byteCount {
                    frame.converted = try OwnedBytes(byteCount: converter.byteCount)
                }
            } catch {
                return "\(error)"
            }
            guard let memory = frame.converted, converter.convert(bytes, into: memory.mutableBytes) else {
                return "a frame of \(bytes.count) bytes that libv4lconvert does not read as \(format)"
            }
            frame.content = .converted(converter.format)
        case .unreadable:
            return "a frame in \(format), which is not read"
        }
        return nil
    }

    /// Copies a compressed frame before it is decoded: its buffer goes back to the driver at once, the file is kept, and a
    /// driver with two buffers may write into this one before decoding would be done with it.
    private func decodeCopy(of bytes: UnsafeRawBufferPointer, into frame: inout CameraFrame) -> String? {
        do throws(PlatformError) {
            if frame.kept?.byteCount ?? 0 < bytes.count {
                // With room to spare, so that the next larger file allocates nothing.
                frame.kept = try OwnedBytes(byteCount: bytes.count * 2)
            }
        } catch {
            return "\(error)"
        }
        guard let kept = frame.kept else { return nil }
        kept.mutableBytes.copyMemory(from: bytes)
        frame.keptCount = bytes.count
        return decode(UnsafeRawBufferPointer(rebasing: kept.bytes.prefix(bytes.count)), into: &frame)
    }

    private func decode(_ bytes: UnsafeRawBufferPointer, into frame: inout CameraFrame) -> String? {
        do throws(ImagingError) {
            let header = try decoder.header(bytes, name: path)
            let scale = CameraSettings.scale(for: header, needed: settings.neededSizes)
            try decoder.decode(bytes, into: &frame.picture, output: .planes, scale: scale, name: path)
            frame.capturedWidth = header.width
            frame.capturedHeight = header.height
            frame.content = .decoded
            return nil
        } catch {
            // After a file that ends in its header, the library refuses the next one, too: it begins anew.
            if let fresh = try? JPEGDecoder() { decoder = fresh }
            guard case .damagedImage(_, let detail) = error else { return "\(error)" }
            return "a damaged JPEG: \(detail)"
        }
    }

    // MARK: - Opening and closing

    private func close() {
        stream = nil
    }

    private func reopen() {
        do throws(CameraError) {
            let opened = try Self.open(path, settings, calls, last: format)
            let now = calls.clock().monotonic
            if !opened.stream.format.isSame(as: format) {
                supervisor.formatChanged(from: "\(format)", to: "\(opened.stream.format)", at: now)
            }
            (identity, stream, format) = (opened.identity, opened.stream, opened.stream.format)
            noteOpening(opened)
        } catch {
            supervisor.openFailed(error, at: calls.clock().monotonic)
        }
    }

    private func noteOpening(_ opened: Opened) {
        openings += 1
        refusedControls = opened.refusedControls
        supervisor.opened(at: calls.clock().monotonic, frameInterval: opened.stream.format.interval)
    }
}
