import TestSupport
import Testing

@testable import Calibration

@Suite struct ViewCoverageTests {
    @Test func saysWhatIsMissingUntilNothingIs() throws {
        let model = try CameraModel(width: 1280, height: 720, fx: 812, fy: 812, cx: 639.5, cy: 359.5)
        var coverage = ViewCoverage()
        #expect(coverage.missing == ["any view of the board"])
        // Square on in the middle of the image.
        let center =
            SIMD3(Double(SyntheticBoard.columns - 1), Double(SyntheticBoard.rows - 1), 0) * (SyntheticBoard.square / 2)
        func view(_ place: SIMD3<Double>, turn: SIMD3<Double> = SIMD3(0, 0, 0)) -> BoardView {
            let rotation = Matrix3(rotationVector: turn)
            let pose = BoardPose(rotation: rotation, translation: place - rotation * center)
            return BoardView(
                name: "view", board: SyntheticBoard.places,
                pixels: SyntheticBoard.places.map { model.project(pose.apply($0)) ?? SIMD2(0, 0) })
        }
        coverage.add(view(SIMD3(0, 0, 0.5)), width: model.width, height: model.height)
        #expect(coverage.missing.count == 8)
        #expect(coverage.progress.x == 0 && coverage.progress.skew < 0.1)
        for x in [-0.6, 0, 0.6] {
            for y in [-0.32, 0, 0.32] {
                coverage.add(view(SIMD3(x, y, 1) * 0.55), width: model.width, height: model.height)
            }
        }
        coverage.add(view(SIMD3(0, 0, 0.24)), width: model.width, height: model.height)
        #expect(coverage.missing.count == 1, "\(coverage.missing)")
        coverage.add(
            view(SIMD3(0, 0, 0.35), turn: SIMD3(0.7, 0.5, 0)), width: model.width, height: model.height)
        #expect(coverage.missing == [], "\(coverage.missing)")
    }
}
