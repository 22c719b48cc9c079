import CAV
import Glibc
import Imaging

extension VideoFileReader {
    /// Collects what the container and the codec claim, with sizes checked.
    static func describe(
        _ session: VideoSession, path: String, options: DriveOptions
    ) throws(RecordingError) -> DriveInfo {
        guard options.rate.isFinite, options.rate > 0 else {
            throw .invalidParameter(name: "rate", detail: "\(options.rate) is not a positive number")
        }
        let stream = session.stream.pointee
        let (width, height) = (Int(session.codec.pointee.width), Int(session.codec.pointee.height))
        do throws(ImagingError) {
            try ImageLimits.check(width: width, height: height, context: path)
        } catch {
            throw .image(error)
        }
        let rotation = rotation(of: session.stream)
        let isSideways = rotation == 90 || rotation == 270
        let container = session.container
        let duration =
            stream.duration > 0
            ? Double(session.nanoseconds(streamUnits: stream.duration)) * 1e-9 : container.duration
        return DriveInfo(
            path: path, width: isSideways ? height : width, height: isSideways ? width : height,
            rate: rate(stream) ?? options.rate, duration: duration,
            frameCount: stream.nb_frames > 0 ? Int(stream.nb_frames) : nil,
            codec: String(cString: avcodec_get_name(session.codec.pointee.codec_id)), container: container.name,
            rotation: rotation)
    }

    private static func rate(_ stream: AVStream) -> Double? {
        for candidate in [stream.avg_frame_rate, stream.r_frame_rate] where candidate.num > 0 && candidate.den > 0 {
            let rate = Double(candidate.num) / Double(candidate.den)
            if 0.01...1000 ~= rate { return rate }
        }
        return nil
    }

    /// Degrees clockwise to turn frames by, from the stream's display matrix; angles in between count as none.
    static func rotation(of stream: UnsafeMutablePointer<AVStream>) -> Int {
        var size = 0
        guard let data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size), size >= 36 else { return 0 }
        let raw = UnsafeRawPointer(data)
        let a = Double(raw.loadUnaligned(as: Int32.self))
        let b = Double(raw.loadUnaligned(fromByteOffset: 4, as: Int32.self))
        guard a != 0 || b != 0 else { return 0 }
        let degrees = Int((atan2(b, a) * 180 / .pi).rounded())
        let positive = (degrees % 360 + 360) % 360
        return positive % 90 == 0 ? positive : 0
    }
}
