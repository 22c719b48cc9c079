import CAV
import Imaging

/// A video file as a drive, through FFmpeg's demuxers and decoders.
///
/// Frames are the decoder's own planes. Damaged files give what can be decoded: damage is counted in ``condition``, and
/// only a file that breaks off with a read error, or gives no frame at all, ends with an error.
public final class VideoFileReader: DriveReader {
    public let info: DriveInfo
    public private(set) var condition = DriveCondition()

    private let session: VideoSession
    /// Time of the drive's start, in the stream's own units.
    private let startTimestamp: Int64
    private var position = Position()
    /// Memory that turned frames and those of deeper samples take turns with.
    private var turned = ImageBuffer()

    private struct Position {
        var nextIndex = 0
        var lastTimestamp: Int64 = -1
        /// Frames before this time are decoded but not delivered, after a seek.
        var firstWanted: Int64 = 0
        var hasSought = false
        var inputEnded = false
        var isFinished = false
        var readError: Int32 = 0
    }

    /// Opens a video file.
    public init(path: String, options: DriveOptions = .init()) throws(RecordingError) {
        session = try VideoSession(path: path, threads: options.decoderThreads)
        let stream = session.stream.pointee
        startTimestamp = stream.start_time == AVConstants.noTimestamp ? 0 : stream.start_time
        info = try Self.describe(session, path: path, options: options)
    }

    public func next(into frame: inout DecodedFrame) throws(RecordingError) -> Bool {
        if position.isFinished { return false }
        guard let target = frame.decoderFrame ?? av_frame_alloc() else {
            throw .file(path: info.path, detail: "out of memory")
        }
        frame.decoderFrame = target
        while true {
            let result = avcodec_receive_frame(session.codec, target)
            if result == 0 {
                if try deliver(target, to: &frame) { return true }
            } else if result == AVConstants.endOfFile {
                try finish()
                return false
            } else if result == AVConstants.again {
                sendPacket()
            } else {
                // Input is gone and the decoder keeps failing: nothing more will come.
                countUndecodable(result)
                if position.inputEnded {
                    try finish()
                    return false
                }
            }
        }
    }

    public func seek(seconds: Double) throws(RecordingError) {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else {
            throw .seekFailed(path: info.path, seconds: seconds, detail: "not a time within the drive")
        }
        if let duration = info.duration, seconds > duration + 1 / info.rate {
            throw .seekFailed(path: info.path, seconds: seconds, detail: "the drive ends at \(duration) s")
        }
        let nanoseconds = Int64(seconds * 1e9)
        let result = session.seek(to: startTimestamp + session.streamUnits(nanoseconds: nanoseconds))
        guard result >= 0 else {
            throw .seekFailed(path: info.path, seconds: seconds, detail: AVLog.detail(result))
        }
        position = Position()
        position.hasSought = true
        // Half a frame early, so that a frame's own printed time finds it despite rounding.
        position.firstWanted = max(0, nanoseconds - Int64(0.5e9 / info.rate))
    }

    /// Feeds the decoder one packet, or tells it that there are no more.
    private func sendPacket() {
        if position.inputEnded { return }
        let result = session.readPacket()
        if result < 0 {
            position.inputEnded = true
            if result != AVConstants.endOfFile { position.readError = result }
            avcodec_send_packet(session.codec, nil)
            return
        }
        let sent = avcodec_send_packet(session.codec, session.packet)
        if sent < 0 { countUndecodable(sent) }
        av_packet_unref(session.packet)
    }

    private func countUndecodable(_ code: Int32) {
        condition.undecodablePackets += 1
        if condition.firstDamage == nil {
            condition.firstDamage = "after frame \(position.nextIndex): \(AVLog.detail(code))"
        }
    }

    /// Completes a decoded frame's description; false when it lies before the time sought.
    private func deliver(
        _ decoded: UnsafeMutablePointer<AVFrame>, to frame: inout DecodedFrame
    ) throws(RecordingError) -> Bool {
        let timestamp = time(of: decoded)
        guard timestamp >= position.firstWanted else { return false }
        try takeSamples(decoded, to: &frame)
        if position.hasSought, position.lastTimestamp < 0 {
            position.nextIndex = Int((Double(timestamp) * 1e-9 * info.rate).rounded())
        }
        frame.index = position.nextIndex
        frame.timestamp = timestamp
        position.nextIndex += 1
        position.lastTimestamp = timestamp
        condition.deliveredFrames += 1
        if frame.isDamaged { condition.damagedFrames += 1 }
        return true
    }

    private func takeSamples(
        _ decoded: UnsafeMutablePointer<AVFrame>, to frame: inout DecodedFrame
    ) throws(RecordingError) {
        do throws(RecordingError) {
            try frame.takeSamples(of: decoded, path: info.path)
        } catch {
            position.isFinished = true
            throw error
        }
        try turnUpright(&frame)
    }

    /// Turns a frame as the file's display matrix asks; most files ask for nothing.
    private func turnUpright(_ frame: inout DecodedFrame) throws(RecordingError) {
        guard let orientation = ImageOrientation(clockwiseDegrees: info.rotation), orientation != .upright,
            let view = frame.unsafeView
        else { return }
        do throws(ImagingError) {
            try turned.copy(view, orientation: orientation)
            swap(&frame.buffer, &turned)
        } catch {
            position.isFinished = true
            throw .image(error)
        }
        frame.samples = .buffer
    }

    /// Nanoseconds from the drive's start, always after the frame before.
    private func time(of decoded: UnsafeMutablePointer<AVFrame>) -> Int64 {
        let own = decoded.pointee.best_effort_timestamp
        let last = position.lastTimestamp
        if own != AVConstants.noTimestamp {
            let (difference, overflow) = own.subtractingReportingOverflow(startTimestamp)
            let time = overflow ? -1 : session.nanoseconds(streamUnits: difference)
            if time > last { return time }
        }
        condition.repairedTimestamps += 1
        return last + 1 + (own == AVConstants.noTimestamp ? Int64(1e9 / info.rate) : 0)
    }

    private func finish() throws(RecordingError) {
        position.isFinished = true
        if !position.hasSought, let expected = info.frameCount {
            condition.missingFrames = max(0, expected - condition.deliveredFrames)
        }
        guard position.readError < 0 || (condition.deliveredFrames == 0 && !position.hasSought) else { return }
        let detail =
            position.readError < 0 ? AVLog.detail(position.readError) : "no frame of it can be decoded"
        condition.earlyEnd = detail
        throw .damaged(path: info.path, frame: position.nextIndex, detail: detail)
    }
}
