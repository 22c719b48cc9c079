import Evaluation
import Foundation
import TestSupport
import Testing

@Suite("Data sets")
struct DatasetTests {
    private let label = "0 0.5 0.5 0.25 0.5\n"

    @Test(
        "a description with a list of names or with numbered names",
        arguments: [
            "names: [car, 'no', \"20\"]", "names:\n  0: car\n  1: no\n  2: 20", "nc: 3\nnames:\n- car\n- no\n- 20",
        ])
    func descriptions(names: String) throws {
        let folder = try TemporaryFolder()
        try folder.write([
            "data.yaml": "path: .\ntrain: images/train\nval: images/val\n\(names)\n",
            "images/val/a.jpg": "", "images/val/b.png": "", "images/train/c.jpg": "", "labels/val/a.txt": label,
            "labels/train/c.txt": "2 0.1 0.1 0.1 0.1",
        ])
        for path in [folder.path, folder.path + "/data.yaml"] {
            let dataset = try DetectionDataset(contentsOf: path)
            #expect(dataset.names.names == ["car", "no", "20"])
            #expect(dataset.items.map(\.labels.count) == [1, 0])
            #expect(dataset.remarks == ["1 pictures have no label file and count as empty"])
            #expect(try DetectionDataset(contentsOf: path, split: .train).items[0].labels[0].classIndex == 2)
        }
    }

    @Test(
        "bare folders, parts inside or around",
        arguments: [
            ["images/a.jpg", "labels/a.txt"], ["images/val2017/a.jpg", "labels/val2017/a.txt"],
            ["valid/images/a.jpg", "valid/labels/a.txt"], ["images/a.PNG", "labels/a.txt"],
        ])
    func bareFolders(files: [String]) throws {
        let folder = try TemporaryFolder()
        try folder.write([files[0]: "", files[1]: label])
        let dataset = try DetectionDataset(contentsOf: folder.path)
        #expect(dataset.items.count == 1)
        let truth = dataset.items[0].labels[0].truth(pictureWidth: 200, pictureHeight: 100)
        #expect(truth.box == EvaluationBox(x: 75, y: 25, width: 50, height: 50))
        #expect(truth.area == 2500 && !truth.isCrowd)
    }

    @Test("lists of pictures, and paths as Roboflow writes them")
    func lists() throws {
        let folder = try TemporaryFolder()
        try folder.write([
            "a.yaml": "val: val.txt\nnames: [x]\n", "val.txt": "./images/1.jpg\r\nimages/2.jpg\n\n",
            "images/1.jpg": "", "images/2.jpg": "", "images/3.jpg": "", "labels/1.txt": label,
        ])
        #expect(try DetectionDataset(contentsOf: folder.path + "/a.yaml").items.count == 2)
        let other = try TemporaryFolder()
        try other.write([
            "data.yaml": "train: ../train/images\nval: ../valid/images\nnames: [x]\n", "valid/images/1.jpg": "",
            "valid/labels/1.txt": label,
        ])
        #expect(try DetectionDataset(contentsOf: other.path).items.count == 1)
    }

    @Test("outlines give the box around them")
    func outlines() throws {
        let folder = try TemporaryFolder()
        try folder.write(["a.txt": "1 0.1 0.2 0.5 0.25 0.3 0.6\n\n3.0 0 0 1 1\n"])
        let labels = try YoloLabel.read(folder.path + "/a.txt", classCount: nil)
        #expect(labels.map(\.classIndex) == [1, 3])
        #expect(abs(labels[0].centerX - 0.3) < 1e-12 && abs(labels[0].height - 0.4) < 1e-12)
    }

    @Test(
        "a wrong line is named by file, line and what is wrong",
        arguments: [
            ("0 0.5 0.5 0.2\n", 1, "4 values"), ("0 0 0 1 1\n\nx 0 0 1 1", 3, "not a class number"),
            ("0 0.5 0.5 nan 0.5", 1, "not a number"), ("5 0.5 0.5 0.5 0.5", 1, "only 2"),
            ("0 150 0.5 0.5 0.5", 1, "not a share"), ("0 0.5 0.5 -0.005 0.5", 1, "negative size"),
            ("-1 0.5 0.5 0.5 0.5", 1, "not a class number"), ("1e300 0.5 0.5 0.5 0.5", 1, "not a class number"),
        ])
    func wrongLines(text: String, line: Int, detail: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(["a.txt": text])
        let error = #expect(throws: EvaluationError.self) {
            try YoloLabel.read(folder.path + "/a.txt", classCount: 2)
        }
        #expect(error?.description.contains("/a.txt:\(line): ") == true)
        #expect(error?.description.contains(detail) == true, "\(String(describing: error))")
    }

    @Test(
        "a wrong description is named by file, line and column",
        arguments: [
            ("val: images\n", "\"names\" is missing"), ("names: 7\n", ":1:8: expected a list"),
            ("names: {0: a, 2: b}\n", "class 1 is missing"), ("nc: 3\nnames: [a]\n", ":1:5: nc is 3"),
            ("names: [a]\nval: {a: 1}\n", ":2:6: expected text"), ("names: [a\n", ":2:"),
            ("names: {x: a}\n", "not a number"),
        ])
    func wrongDescriptions(text: String, detail: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(["data.yaml": text, "images/1.jpg": "", "labels/1.txt": label])
        let error = #expect(throws: EvaluationError.self) { try DetectionDataset(contentsOf: folder.path) }
        #expect(error?.description.contains("data.yaml") == true)
        #expect(error?.description.contains(detail) == true, "\(String(describing: error))")
    }

    @Test("folders without pictures or without any labels are refused")
    func emptyFolders() throws {
        let folder = try TemporaryFolder()
        #expect(throws: EvaluationError.self) { try DetectionDataset(contentsOf: folder.path) }
        #expect(throws: EvaluationError.self) { try DetectionDataset(contentsOf: folder.path + "/nowhere") }
        try folder.write(["images/1.jpg": ""])
        let error = #expect(throws: EvaluationError.self) { try DetectionDataset(contentsOf: folder.path) }
        #expect(error?.description.contains("labels/1.txt") == true)
        try folder.write(["labels/1.txt": "0 0 0 1 \u{FF}", "images/1.jpg": ""])
        #expect(throws: EvaluationError.self) { try DetectionDataset(contentsOf: folder.path) }
    }

    @Test(
        "masks beside pictures, in the layouts that are about",
        arguments: [
            ["val/a.jpg", "valannot/a.png"], ["valid/a.jpg", "valid_mask/a.png"], ["images/a.jpg", "masks/a_mask.png"],
            ["images/val/a.jpg", "annotations/val/a.png"], ["valid/images/a.jpg", "valid/road/a.png"],
        ])
    func masks(files: [String]) throws {
        let folder = try TemporaryFolder()
        try folder.write([files[0]: "", files[1]: ""])
        let dataset = try MaskDataset(contentsOf: folder.path)
        let paths = files.map { "\(folder.path)/\($0)" }
        #expect(dataset.items == [MaskDataset.Item(picturePath: paths[0], maskPath: paths[1])])
        try folder.write([files[0].replacingOccurrences(of: "a.jpg", with: "b.jpg"): ""])
        #expect(throws: EvaluationError.self) { try MaskDataset(contentsOf: folder.path) }
    }

    @Test("a folder of pictures is named itself")
    func pictureFolder() throws {
        let folder = try TemporaryFolder()
        try folder.write(["some/a.jpg": "", "some_mask/a.png": ""])
        #expect(try MaskDataset(contentsOf: folder.path + "/some/").items.count == 1)
        #expect(throws: EvaluationError.self) { try MaskDataset(contentsOf: folder.path + "/some_mask") }
    }

    @Test(
        "real data sets are read whole",
        .enabled(if: SharedFiles.exists("datasets/coco128"), Comment(rawValue: SharedFiles.absence)))
    func realSets() throws {
        let coco = try DetectionDataset(contentsOf: SharedFiles.path("datasets/coco128"))
        #expect(coco.items.count == 128 && coco.names.count == 80)
        #expect(coco.items.reduce(0) { $0 + $1.labels.count } > 800)
        #expect(try DetectionDataset(contentsOf: SharedFiles.path("datasets/peru_streets")).items.count == 53)
        #expect(
            try DetectionDataset(contentsOf: SharedFiles.path("datasets/dhaka_traffic"), split: .train).items.count
                == 290)
        #expect(try MaskDataset(contentsOf: SharedFiles.path("datasets/camvid")).items.count == 101)
        #expect(try MaskDataset(contentsOf: SharedFiles.path("datasets/lums_road"), split: .train).items.count == 270)
        #expect(try MaskDataset(contentsOf: SharedFiles.path("datasets/peru_streets")).items.count == 53)
        #expect(try MaskDataset(contentsOf: SharedFiles.path("datasets/camvid/val")).items.count == 101)
    }
}
