import CAV
import Imaging

/// An MCAP recording as a drive: the pictures of one topic, whoever recorded them.
///
/// Read are `foxglove.CompressedImage`, `RawImage` and `CompressedVideo` in protobuf, and ROS 2's `sensor_msgs` `Image` and
/// `CompressedImage` in CDR. A picture's time is that of its own stamp, or when it was recorded where it has none. Pictures
/// and chunks that cannot be read are counted in ``condition`` and passed over.
public final class MCAPDriveReader: DriveReader {
    public let info: DriveInfo
    public private(set) var condition = DriveCondition()
    /// The topic that the pictures come from.
    public let topic: String
    /// Stamp of the first picture, in nanoseconds, usually since 1970.
    public let startTime: Int64

    let recording: MCAPReader
    private let channel: MCAPChannel
    private let decoder: PictureDecoder
    private let firstLogTime: UInt64
    private let usesStamps: Bool
    private var messages: MCAPMessageReader
    private var nextIndex = 0
    private var lastTimestamp: Int64 = -1
    /// Pictures before this time are passed over, after a seek.
    private var firstWanted: Int64 = 0
    private var lastSequence: UInt32?
    private var hasSought = false
    private var isFinished = false
    private var hasEnded = false

    /// Opens a recording and decodes its first picture.
    public init(path: String, options: DriveOptions = .init()) throws(RecordingError) {
        recording = try MCAPReader(path: path)
        let (channel, kind) = try Self.pictures(in: recording, topic: options.topic)
        self.channel = channel
        topic = channel.topic
        decoder = try PictureDecoder(kind: kind, path: path, threads: options.decoderThreads)
        let first = try Self.firstPicture(recording, channel, decoder)
        startTime = first.time
        usesStamps = first.hasStamp
        firstLogTime = first.logTime
        info = Self.describe(recording, channel, first, options: options)
        messages = recording.messages(.init(topics: [channel.topic]))
        decoder.flush()
    }

    public func next(into frame: inout DecodedFrame) throws(RecordingError) -> Bool {
        while !isFinished {
            if let time = try decoder.receive(into: &frame) {
                if deliver(&frame, at: time) { return true }
                continue
            }
            if hasEnded {
                isFinished = true
                break
            }
            guard let message = try messages.next() else {
                noteEnd()
                continue
            }
            guard message.channelID == channel.id else { continue }
            noteLoss(message.sequence)
            do throws(RecordingError) {
                try decoder.send(message, startTime: startTime, usesStamps: usesStamps)
            } catch {
                try passOver(error)
            }
        }
        return false
    }

    public func seek(seconds: Double) throws(RecordingError) {
        let duration = info.duration ?? 0
        guard seconds.isFinite, seconds >= 0, seconds <= duration + 1 / info.rate else {
            throw .seekFailed(path: info.path, seconds: seconds, detail: "the drive ends at \(duration) s")
        }
        // Half a frame of tolerance, as for video.
        firstWanted = max(0, Int64(seconds * 1e9) - Int64(0.5e9 / info.rate))
        // Recording lags behind the stamps by less than this; what comes too early is passed over.
        let margin = 1_000_000_000 as UInt64
        let wanted = firstLogTime &+ UInt64(seconds * 1e9)
        let from = try keyTime(before: wanted > margin ? wanted - margin : 0)
        messages = recording.messages(.init(times: from..<UInt64.max, topics: [topic]))
        decoder.flush()
        lastTimestamp = -1
        lastSequence = nil
        (hasSought, isFinished, hasEnded) = (true, false, false)
    }

    // MARK: - Frames

    /// Completes a frame's description; false when it lies before the time sought.
    private func deliver(_ frame: inout DecodedFrame, at time: Int64) -> Bool {
        guard time >= firstWanted else { return false }
        var timestamp = time
        if timestamp <= lastTimestamp {
            timestamp = lastTimestamp + 1
            condition.repairedTimestamps += 1
        }
        if hasSought, lastTimestamp < 0 { nextIndex = Int((Double(timestamp) * 1e-9 * info.rate).rounded()) }
        frame.index = nextIndex
        frame.timestamp = timestamp
        nextIndex += 1
        lastTimestamp = timestamp
        condition.deliveredFrames += 1
        if frame.isDamaged { condition.damagedFrames += 1 }
        return true
    }

    private func passOver(_ error: RecordingError) throws(RecordingError) {
        if case .unsupported = error {
            isFinished = true
            throw error
        }
        condition.undecodablePackets += 1
        if condition.firstDamage == nil { condition.firstDamage = "\(error)" }
    }

    /// Sequences count what was published, so that a step of more than one is what was lost.
    private func noteLoss(_ sequence: UInt32) {
        if let last = lastSequence, sequence > last &+ 1, sequence - last < 1 << 20 {
            condition.missingFrames += Int(sequence - last - 1)
        }
        lastSequence = sequence
    }

    private func noteEnd() {
        hasEnded = true
        decoder.finish()
        condition.undecodablePackets += messages.damage.count
        if condition.firstDamage == nil { condition.firstDamage = messages.damage.first?.description }
        if let problem = recording.summaryProblem, problem.offset >= recording.byteCount {
            condition.earlyEnd = "the recording was not closed"
        }
    }

    /// Log time of the last message at or before a time from which decoding may start.
    private func keyTime(before time: UInt64) throws(RecordingError) -> UInt64 {
        if decoder.kind.isIndependent { return time }
        var span: UInt64 = 4_000_000_000
        while true {
            let start = time > span ? time - span : 0
            let search = recording.messages(.init(times: start..<time &+ 1, topics: [topic]))
            var found: UInt64?
            while let message = try search.next() {
                guard message.channelID == channel.id,
                    let picture = PictureMessage(message.data, kind: decoder.kind)
                else { continue }
                if VideoMessageDecoder.isKeyFrame(picture.data, format: picture.format) { found = message.logTime }
            }
            if let found { return found }
            if start <= firstLogTime { return 0 }
            span *= 4
        }
    }
}
