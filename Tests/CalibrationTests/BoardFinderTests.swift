import Foundation
import Imaging
import TestSupport
import Testing

@testable import Calibration

@Suite struct BoardFinderTests {
    private static let samples = "/usr/share/doc/opencv-doc/examples/data"
    private static let hasSamples = FileManager.default.fileExists(atPath: samples + "/left01.jpg")
    private static let pictures = ["01", "02", "03", "04", "05", "06", "07", "08", "09", "11", "12", "13", "14"]

    private func pattern() throws -> BoardPattern {
        try .chessboard(columns: SyntheticBoard.columns, rows: SyntheticBoard.rows, squareMetres: SyntheticBoard.square)
    }

    /// The camera of the synthetic board at a size that is quick to draw.
    private func smallCamera(_ lens: LensDistortion.Model) throws -> CameraModel {
        try SyntheticBoard.camera(lens).scaled(width: 640, height: 360)
    }

    @Test(arguments: [LensDistortion.Model.plumbBob, .equidistant])
    func putsCornersWithinAFewHundredthsOfAPixel(_ lens: LensDistortion.Model) throws {
        let model = try smallCamera(lens)
        var generator = SeededGenerator(seed: 11)
        var (squares, count) = (0.0, 0)
        for number in 0..<6 {
            let pose = SyntheticBoard.pose(model, &generator)
            let picture = SyntheticBoard.picture(model, pose, noise: 2, seed: UInt64(number))
            let view = try #require(
                try BoardFinder(pattern: pattern()).find(in: picture, name: "\(number)"), "picture \(number)")
            let truth = SyntheticBoard.places.map { model.project(pose.apply($0)) ?? SIMD2(0, 0) }
            // The board's colours decide which end comes first: 9 and 6 corners make the two ends differ.
            for (seen, expected) in zip(view.pixels, truth) {
                squares += (seen - expected).dot(seen - expected)
                count += 1
            }
        }
        // Root mean square per coordinate.
        #expect((squares / Double(2 * count)).squareRoot() < 0.05)
    }

    @Test func findsABlurredBoard() throws {
        let model = try smallCamera(.plumbBob)
        var generator = SeededGenerator(seed: 12)
        let pose = SyntheticBoard.pose(model, &generator)
        let picture = SyntheticBoard.picture(model, pose, noise: 1, seed: 1).blurred(2)
        #expect(try BoardFinder(pattern: pattern()).find(in: picture, name: "blurred") != nil)
    }

    @Test func findsNothingWhereThereIsNoBoard() throws {
        var generator = SeededGenerator(seed: 13)
        let noise = GrayImage(
            width: 320, height: 240, values: (0..<320 * 240).map { _ in Float.random(in: 0...255, using: &generator) })
        #expect(try BoardFinder(pattern: pattern()).find(in: noise, name: "noise") == nil)
        let flat = GrayImage(width: 320, height: 240, values: [Float](repeating: 90, count: 320 * 240))
        #expect(try BoardFinder(pattern: pattern()).find(in: flat, name: "flat") == nil)
    }

    @Test func aBoardOfAnotherSizeIsNotThisOne() throws {
        let model = try smallCamera(.plumbBob)
        var generator = SeededGenerator(seed: 14)
        let pose = SyntheticBoard.pose(model, &generator)
        let picture = SyntheticBoard.picture(model, pose, noise: 1, seed: 1)
        let larger = try BoardPattern.chessboard(columns: 10, rows: 7, squareMetres: 1)
        #expect(BoardFinder(pattern: larger).find(in: picture, name: "board") == nil)
    }

    @Test(
        .enabled(if: hasSamples, "needs Debian's package opencv-doc"),
        arguments: [("left", 0.21, 532.827, 0.44), ("right", 0.22, 537.453, 0.48)])
    func calibratesDebiansSamplePictures(_ side: String, _ limit: Double, _ focal: Double, _ deviation: Double) throws {
        let finder = BoardFinder(pattern: try .chessboard(columns: 9, rows: 6, squareMetres: 0.025))
        var views: [BoardView] = []
        for number in Self.pictures {
            let picture = try ImageFile.read("\(Self.samples)/\(side)\(number).jpg")
            let view = picture.withView { finder.find(in: $0, name: "\(side)\(number)") }
            views.append(try #require(view, "\(side)\(number)"))
        }
        let solution = try IntrinsicSolver(width: 640, height: 480).solve(views)
        print(
            "\(side): rms \(solution.rms), held out \(solution.heldOutRMS ?? 0), fx \(solution.model.fx), rejected "
                + "\(solution.rejectedCorners)")
        #expect(solution.views.count == 13)
        #expect(solution.rms <= limit)
        #expect((solution.model.fx - focal).magnitude < 2 * deviation + 0.5)
    }

    @Test(.enabled(if: SharedFiles.exists("calibration/carnd/camera_cal"), Comment(rawValue: SharedFiles.absence)))
    func findsTheBoardInAsManyDashCameraPicturesAsOpenCV() throws {
        var collector = ViewCollector(pattern: try .chessboard(columns: 9, rows: 6, squareMetres: 0.025))
        for number in 1...20 {
            let picture = try ImageFile.read(SharedFiles.path("calibration/carnd/camera_cal/calibration\(number).jpg"))
            _ = picture.withView { collector.consider($0, name: "calibration\(number).jpg") }
        }
        // OpenCV 4.14's findChessboardCorners misses 1, 4 and 5, where part of the board is outside.
        #expect(collector.count >= 17)
        // Two of the pictures are a pixel larger than the others.
        #expect(collector.size == SIMD2(1280, 720))
        #expect(collector.namesOfOtherSizes == ["calibration7.jpg", "calibration15.jpg"])
        let solution = try IntrinsicSolver(width: 1280, height: 720).solve(collector.views)
        // OpenCV gives 1159.1 and 1154.5 from the pictures in which it finds the board.
        #expect((solution.model.fx - 1159).magnitude < 12 && (solution.model.fy - 1154.5).magnitude < 12)
        #expect(solution.rms < 0.9)
    }
}
