import Foundation
import Imaging
import Tensors
import TestSupport
import Testing

private enum OpenCV {
    static let python = ProcessInfo.processInfo.environment["SIGHTLINE_PYTHON"]
}

/// Preprocessing beside OpenCV's `resize` and a letterbox as Ultralytics' code makes it, on the same picture.
@Suite(
    "Comparison with OpenCV", .enabled(if: OpenCV.python != nil, "needs SIGHTLINE_PYTHON with OpenCV"))
struct OpenCVComparisonTests {
    /// Reads a picture, letterboxes it and writes RGB bytes.
    private static let program = """
        import sys, cv2
        path, output, width, height, mode, interpolation = sys.argv[1:7]
        width, height = int(width), int(height)
        image = cv2.imread(path)
        h, w = image.shape[:2]
        r = min(width / w, height / h)
        flag = cv2.INTER_AREA if interpolation == 'area' else cv2.INTER_LINEAR
        if mode == 'stretch':
            image = cv2.resize(image, (width, height), interpolation=flag)
        else:
            size = (round(w * r), round(h * r)) if mode == 'centered' else (int(w * r), int(h * r))
            image = cv2.resize(image, size, interpolation=flag)
            dw, dh = width - size[0], height - size[1]
            left = round(dw / 2 - 0.1) if mode == 'centered' else 0
            top = round(dh / 2 - 0.1) if mode == 'centered' else 0
            image = cv2.copyMakeBorder(image, top, dh - top, left, dw - left, cv2.BORDER_CONSTANT, value=(114,) * 3)
        image[..., ::-1].tofile(output)
        """

    private func openCV(_ path: String, _ picture: NetworkPicture, _ folder: TemporaryFolder) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: OpenCV.python ?? "python3")
        process.arguments = [
            "-c", Self.program, path, folder.file("out"), "\(picture.width)", "\(picture.height)",
            "\(picture.letterbox)", "\(picture.resampling)",
        ]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return try folder.read("out")
    }

    private func ours(_ view: ImageView, _ picture: NetworkPicture) throws -> [UInt8] {
        try PreprocessorTests.bytes(
            Preprocessor(
                source: view.description, picture: picture,
                layout: .interleaved(rowStride: picture.width * 3, pixelStride: 3, PreprocessorTests.identity)), view)
    }

    private func difference(_ a: [UInt8], _ b: [UInt8]) -> (mean: Double, maximum: Int) {
        let differences = zip(a, b).map { abs(Int($0.0) - Int($0.1)) }
        return (Double(differences.reduce(0, +)) / Double(max(1, differences.count)), differences.max() ?? 0)
    }

    @Test("an RGB picture is within rounding of OpenCV's, in every letterbox")
    func packed() throws {
        let folder = try TemporaryFolder()
        let scene = try TestPictures.scene(width: 500, height: 377)
        try scene.withView { try ImageFile.write($0, to: folder.file("a.png")) }
        for (width, height) in [(320, 320), (640, 384), (131, 77)] {
            for letterbox in [Letterbox.centered, .topLeft, .stretch] {
                let picture = NetworkPicture(width: width, height: height, letterbox: letterbox)
                let expected = try openCV(folder.file("a.png"), picture, folder)
                let found = try scene.withView { try ours($0, picture) }
                #expect(found.count == expected.count)
                let (mean, maximum) = difference(found, expected)
                #expect(mean < 0.1 && maximum <= 1, "\(picture): mean \(mean), largest \(maximum)")
            }
        }
        let small = NetworkPicture(width: 60, height: 50, letterbox: .stretch, resampling: .area)
        let (mean, maximum) = difference(
            try scene.withView { try ours($0, small) }, try openCV(folder.file("a.png"), small, folder))
        #expect(mean < 0.15 && maximum <= 1, "area: mean \(mean), largest \(maximum)")
    }

    @Test(
        "a photograph's own planes, never made RGB at full size, are within a level",
        .enabled(if: SharedFiles.exists("datasets/bdd_samples"), "\(SharedFiles.absence)"))
    func photographs() throws {
        let folder = try TemporaryFolder()
        let directory = SharedFiles.path("datasets/bdd_samples")
        for name in try FileManager.default.contentsOfDirectory(atPath: directory).sorted() where name.hasSuffix(".jpg")
        {
            let path = directory + "/" + name
            let decoded = try ImageFile.read(path)
            for (width, height) in [(640, 640), (640, 384), (416, 416)] {
                let picture = NetworkPicture(width: width, height: height)
                let (mean, _) = difference(
                    try decoded.withView { try ours($0, picture) }, try openCV(path, picture, folder))
                #expect(mean < 1, "\(name) \(width)x\(height): mean difference \(mean)")
                if ProcessInfo.processInfo.environment["SIGHTLINE_TIMING"] != nil {
                    print("\(name) \(width)x\(height) \(decoded.format): mean difference \(mean)")
                }
            }
        }
    }
}
