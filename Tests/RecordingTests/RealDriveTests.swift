import Imaging
import Recording
import TestSupport
import Testing

/// Frames of real clips, counted as `ffprobe -count_frames` counts them.
@Suite("Real drives", .enabled(if: SharedFiles.exists("drives"), "needs the shared drives"))
struct RealDriveTests {
    @Test(
        "every clip gives the frames that ffprobe counts, with increasing times",
        arguments: [
            ("autoware_highway_1024_512", 1024, 512, 199, 0), ("carnd_fork_custom_me_night_1", 1920, 1080, 157, 0),
            ("carnd_solidWhiteRight", 960, 540, 221, 0), ("carnd_test_small1", 1280, 720, 88, 3),
            ("carnd_test_video", 1280, 720, 38, 0), ("muchlisin_driving", 640, 360, 296, 0),
            ("tmo324_countryroad", 640, 360, 387, 1), ("tmo324_rainy", 640, 360, 959, 9),
            ("tmo324_seattlestreet2", 640, 360, 851, 45),
        ])
    func frameCounts(name: String, width: Int, height: Int, count: Int, missing: Int) throws {
        let reader = try openDrive(SharedFiles.path("drives/\(name).mp4"))
        #expect(reader.info.width == width && reader.info.height == height)
        #expect(reader.info.frameCount == count + missing)
        var frame = DecodedFrame()
        var last: Int64 = -1
        var frames = 0
        while try reader.next(into: &frame) {
            let (index, timestamp, view) = (frame.index, frame.timestamp, frame.unsafeView)
            #expect(index == frames && timestamp > last)
            #expect(view?.width == width && view?.format == .yuv420p)
            last = timestamp
            frames += 1
        }
        #expect(frames == count)
        #expect(reader.condition.missingFrames == missing)
        #expect(reader.condition.deliveredFrames == count)
        #expect(try reader.next(into: &frame) == false)
        let expectedEnd = Double(count - 1) / reader.info.rate
        #expect(abs(Double(last) * 1e-9 - expectedEnd) < Double(missing + 2) / reader.info.rate)
    }
}
