import Foundation
import Imaging
import Recording
import Testing

@Suite("Folders of pictures")
struct ImageFolderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func writePicture(_ name: String, grey: UInt8) throws {
        var picture = try ImageBuffer(ImageDescription(width: 32, height: 20, format: .gray8))
        picture.withMutableView { view in
            for y in 0..<20 { view.plane(0).row(y).update(repeating: grey, count: 32) }
        }
        try picture.withView { try ImageFile.write($0, to: folder.file(name), quality: 100) }
    }

    private func greys(_ reader: any DriveReader) throws -> [Int] { try TestDrive.read(reader).map(\.luma) }

    @Test("pictures follow each other by name, numbers by value, at the given rate")
    func order() throws {
        for (name, grey) in [("f10.png", 30), ("f9.jpg", 20), ("f1.PNG", 10), ("g0.jpeg", 40), (".hidden.png", 99)] {
            let lower = name.lowercased()
            try writePicture(lower, grey: UInt8(grey))
            if lower != name {
                try FileManager.default.moveItem(atPath: folder.file(lower), toPath: folder.file(name))
            }
        }
        _ = try folder.write([1, 2, 3], "notes.txt")
        let reader = try openDrive(folder.path, options: .init(rate: 10))
        #expect(reader.info.frameCount == 4 && reader.info.rate == 10 && reader.info.container == "folder")
        #expect(reader.info.width == 32 && reader.info.height == 20)
        #expect(abs((reader.info.duration ?? 0) - 0.4) < 1e-9)
        let frames = try TestDrive.read(reader)
        #expect(frames.map(\.luma) == [10, 20, 30, 40])
        #expect(frames.map(\.timestamp) == [0, 100_000_000, 200_000_000, 300_000_000])
        try reader.seek(seconds: 0.2)
        #expect(try greys(reader) == [30, 40])
        #expect(throws: RecordingError.self) { try reader.seek(seconds: 5) }
    }

    @Test("times come from a list beside the pictures, or from names that are nanoseconds")
    func times() throws {
        for i in 0..<3 { try writePicture("\(i).png", grey: UInt8(10 * i + 10)) }
        _ = try folder.write(Array("100.5\n100.75\n102.0\n".utf8), "timestamps.txt")
        #expect(try TestDrive.read(try openDrive(folder.path)).map(\.timestamp) == [0, 250_000_000, 1_500_000_000])
        for (text, part) in [
            ("1\n2\n", "2 times for 3"), ("1\n2\n2\n", "timestamps.txt:3"), ("1\nx\n3\n", "timestamps.txt:2"),
        ] {
            _ = try folder.write(Array(text.utf8), "timestamps.txt")
            #expect {
                _ = try openDrive(folder.path)
            } throws: {
                "\($0)".contains(part)
            }
        }
        let other = try TemporaryFolder()
        for time in ["1403636579763555584", "1403636579813555456"] {
            try FileManager.default.copyItem(atPath: folder.file("0.png"), toPath: other.file(time + ".png"))
        }
        #expect(try TestDrive.read(try openDrive(other.path)).map(\.timestamp) == [0, 49_999_872])
    }

    @Test("a picture is a drive of one frame; a damaged one is an error")
    func single() throws {
        try writePicture("a.jpg", grey: 77)
        let reader = try openDrive(folder.file("a.jpg"))
        #expect(reader.info.container == "picture" && reader.info.frameCount == 1)
        let frames = try TestDrive.read(reader)
        #expect(frames.count == 1 && abs(frames[0].luma - 77) <= 1)
        let whole = try folder.read("a.jpg")
        let cut = try folder.write(Array(whole[..<(whole.count - 30)]), "cut.jpg")
        #expect {
            _ = try TestDrive.read(try openDrive(cut))
        } throws: {
            "\($0)".contains("cut.jpg: damaged")
        }
    }

    @Test("pictures that cannot be read are passed over and counted; a folder without any is refused")
    func damage() throws {
        #expect(throws: RecordingError.emptyFolder(path: folder.path)) { _ = try openDrive(folder.path) }
        for i in 0..<4 { try writePicture("\(i).png", grey: UInt8(10 * i + 10)) }
        let whole = try folder.read("1.png")
        _ = try folder.write(Array(whole[..<(whole.count / 2)]), "1.png")
        _ = try folder.write([], "0.png")
        let reader = try openDrive(folder.path)
        let frames = try TestDrive.read(reader)
        #expect(frames.map(\.index) == [2, 3] && frames.map(\.luma) == [30, 40])
        #expect(reader.condition.undecodablePackets == 2)
        #expect(reader.condition.summary?.contains("0.png") == true)
        for i in 2..<4 { _ = try folder.write([1], "\(i).png") }
        #expect(throws: RecordingError.self) { _ = try TestDrive.read(try openDrive(folder.path)) }
    }
}
