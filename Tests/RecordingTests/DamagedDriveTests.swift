import Foundation
import Imaging
import Recording
import TestSupport
import Testing

@Suite("Damaged drives")
struct DamagedDriveTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Reads to the end or to an error. The error must name the file in one line; the end must stay the end.
    private func exhaust(_ path: String) -> (frames: Int, error: String?) {
        var count = 0
        do {
            let reader = try openDrive(path)
            var frame = DecodedFrame()
            do {
                while try reader.next(into: &frame) {
                    let view = frame.unsafeView
                    #expect(view != nil)
                    count += 1
                    guard count < 5000 else { return (count, "endless") }
                }
            } catch {
                #expect((try? reader.next(into: &frame)) != true)
                throw error
            }
            return (count, nil)
        } catch {
            let text = "\(error)"
            #expect(text.contains(path) && !text.contains("\n"), "\(text)")
            return (count, text)
        }
    }

    @Test("a file cut at any length gives the frames before the cut, an error, or both", arguments: ["a.mp4", "a.mkv"])
    func cuts(name: String) throws {
        try TestDrive.write(to: folder.file(name), frames: 25)
        let whole = try folder.read(name)
        var generator = SeededGenerator(seed: 3)
        for trial in 0..<100 {
            let length = trial < 20 ? trial * 7 : Int.random(in: 0..<whole.count, using: &generator)
            let (frames, error) = exhaust(try folder.write(Array(whole[..<length]), "cut-" + name))
            #expect(frames <= 25 && error != "endless")
            #expect(frames > 0 || error != nil, "nothing and no error at \(length) bytes")
        }
        let (frames, error) = exhaust(try folder.write(Array(whole[..<(whole.count * 9 / 10)]), "most-" + name))
        #expect(frames >= 10, "\(error ?? "")")
    }

    @Test("flipped bits never crash or hang", arguments: ["a.mp4", "a.mkv", "a.mov"])
    func flips(name: String) throws {
        try TestDrive.write(
            to: folder.file(name), frames: 25, options: .init(rate: 25, encoder: name == "a.mov" ? "mpeg4" : nil))
        let whole = try folder.read(name)
        var generator = SeededGenerator(seed: 5)
        for trial in 0..<150 {
            var flipped = whole
            // Headers are where damage is most adventurous.
            let range = trial % 2 == 0 ? 0..<min(1200, whole.count) : 0..<whole.count
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                flipped[Int.random(in: range, using: &generator)] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            }
            let (_, error) = exhaust(try folder.write(flipped, "flip-" + name))
            #expect(error != "endless")
        }
    }

    @Test("what is no drive is refused in one line that says so")
    func refusals() throws {
        for (path, part) in [
            (folder.file("absent.mp4"), "No such file"), ("/dev/null", "neither a regular file"),
            (try folder.write([], "empty.mp4"), "empty"),
            (try folder.write(Array("#EXTM3U\nfile:///etc/passwd\n".utf8), "list.m3u8"), "not a drive"),
            (
                try folder.write(Array("hello, I am text ".utf8) + Array(repeating: 65, count: 5000), "text.mp4"),
                "not a drive"
            ),
        ] {
            let (frames, error) = exhaust(path)
            #expect(frames == 0 && error?.contains(part) == true, "\(error ?? "none")")
        }
    }

    @Test(
        "a real clip that ends before its header says is counted, and one cut in half still plays",
        .enabled(if: SharedFiles.exists("drives/carnd_test_small1.mp4"), "needs the shared drives"))
    func realClip() throws {
        let reader = try openDrive(SharedFiles.path("drives/carnd_test_small1.mp4"))
        var frame = DecodedFrame()
        while try reader.next(into: &frame) {}
        #expect(reader.condition.missingFrames == 3 && reader.condition.summary?.contains("3 frames fewer") == true)
        let whole = [UInt8](
            try Data(contentsOf: URL(fileURLWithPath: SharedFiles.path("drives/muchlisin_driving.mp4"))))
        let (frames, _) = exhaust(try folder.write(Array(whole[..<(whole.count / 2)]), "half.mp4"))
        #expect(frames > 20 || frames == 0)
    }
}
