import Foundation
import TestSupport
import Testing

@testable import Calibration

@Suite struct IntrinsicSolverTests {
    private static let hasGoldenCorners = SharedFiles.exists(GoldenCorners.path)

    @Test(
        .enabled(if: hasGoldenCorners, Comment(rawValue: SharedFiles.absence)), arguments: [0, 1, 2, 3])
    func solvesOpenCVsCornersAsOpenCVDoes(_ which: Int) throws {
        let file = try GoldenCorners.read()
        let reference = [file.leftWin5, file.leftWin11, file.rightWin5, file.rightWin11][which]
        let solver = IntrinsicSolver(width: 640, height: 480, rejectsOutliers: false, validates: false)
        let solution = try solver.solve(reference.views(in: nil))
        #expect((solution.rms - reference.rms).magnitude < 1e-6)
        let model = solution.model
        let matrix = [model.fx - reference.matrix[0][0], model.fy - reference.matrix[1][1]]
        #expect(
            (matrix + [model.cx - reference.matrix[0][2], model.cy - reference.matrix[1][2]]).allSatisfy {
                $0.magnitude < 1e-3
            })
        for (ours, theirs) in zip(model.distortion.coefficients, reference.distortion) {
            #expect((ours - theirs).magnitude < 1e-4)
        }
        let deviations = try #require(solution.deviations)
        let expected = try #require(reference.stdIntrinsics)
        let ours = [deviations.fx, deviations.fy, deviations.cx, deviations.cy] + deviations.distortion
        for (ours, theirs) in zip(ours, expected) { #expect((ours / theirs - 1).magnitude < 0.02) }
    }

    @Test(.enabled(if: hasGoldenCorners, Comment(rawValue: SharedFiles.absence)), arguments: [0, 1])
    func solvesTheFisheyeAsOpenCVDoes(_ which: Int) throws {
        let file = try GoldenCorners.read()
        let reference = [file.leftFisheyeWin5, file.rightFisheyeWin5][which]
        let corners = [file.leftWin5, file.rightWin5][which]
        let solver = IntrinsicSolver(
            width: 640, height: 480, lens: .equidistant, rejectsOutliers: false, validates: false)
        let solution = try solver.solve(corners.views(in: nil))
        #expect(solution.rms <= reference.rms + 1e-6)
        #expect((solution.rms - reference.rms).magnitude < 1e-4)
        #expect((solution.model.fx - reference.matrix[0][0]).magnitude < 0.05)
    }

    @Test(arguments: LensDistortion.Model.allCases)
    func derivativesAreThoseOfTheProjection(_ lens: LensDistortion.Model) throws {
        var parameters = CameraParameters(lens: lens, fx: 812, fy: 809, cx: 655, cy: 351)
        let coefficients: [Double] =
            switch lens {
            case .plumbBob: [-0.28, 0.025, 0.0012, -0.0014, 0.16]
            case .rationalPolynomial: [0.41, -0.12, 0.0009, -0.0004, 0.03, 0.62, 0.05, 0.01]
            case .equidistant: [-0.012, 0.004, -0.0021, 0.0002]
            }
        parameters.values.replaceSubrange(4..., with: coefficients)
        let point = SIMD3(0.4, -0.3, 1.2)
        var derivative = ProjectionDerivative(parameterCount: parameters.count)
        derivative.project(point, parameters)
        let here = derivative
        let model = try parameters.model(width: 1280, height: 720)
        #expect((here.pixel - (try #require(model.project(point)))).length < 1e-9)
        let step = 1e-6
        for index in 0..<parameters.count {
            var moved = parameters
            moved.values[index] += step
            derivative.project(point, moved)
            let slope = (derivative.pixel - here.pixel) / step
            #expect((slope - SIMD2(here.parametersU[index], here.parametersV[index])).length < 1e-2, "\(index)")
        }
        for axis in 0..<3 {
            var moved = point
            moved[axis] += step
            derivative.project(moved, parameters)
            let slope = (derivative.pixel - here.pixel) / step
            #expect((slope - SIMD2(here.pointU[axis], here.pointV[axis])).length < 1e-2, "\(axis)")
        }
    }

    @Test(arguments: LensDistortion.Model.allCases)
    func findsTheCameraThatTookTheViews(_ lens: LensDistortion.Model) throws {
        let truth = try SyntheticBoard.camera(lens)
        let views = SyntheticBoard.views(truth, count: 20, noise: 0.1, seed: 3)
        let solution = try IntrinsicSolver(width: truth.width, height: truth.height, lens: lens).solve(views)
        #expect((solution.model.fx / truth.fx - 1).magnitude < 1e-3)
        #expect((solution.model.fy / truth.fy - 1).magnitude < 1e-3)
        // Noise of 0.1 px in each coordinate.
        #expect((solution.rms - 0.1 * 2.0.squareRoot()).magnitude < 0.01)
        let held = try #require(solution.heldOutRMS)
        #expect(held > solution.rms * 0.98 && held < solution.rms * 1.15)
        let deviations = try #require(solution.deviations)
        #expect((solution.model.fx - truth.fx).magnitude < 4 * deviations.fx)
        #expect((solution.model.cy - truth.cy).magnitude < 4 * deviations.cy)
    }

    @Test func wrongCornersAreLeftOut() throws {
        let truth = try SyntheticBoard.camera(.plumbBob)
        var views = SyntheticBoard.views(truth, count: 15, noise: 0.1, seed: 4)
        views[3].pixels[7] += SIMD2(6, -4)
        views[8].pixels[20] += SIMD2(-3, 5)
        // A view whose corners are all in wrong places.
        var generator = SeededGenerator(seed: 1)
        views[11].pixels = views[11].pixels.map { $0 + SIMD2(normal(&generator), normal(&generator)) * 8 }
        let solution = try IntrinsicSolver(width: truth.width, height: truth.height).solve(views)
        #expect(solution.rejectedViews == [views[11].name])
        #expect((2...8).contains(solution.rejectedCorners))
        #expect(solution.rms < 0.15)
        #expect((solution.model.fx / truth.fx - 1).magnitude < 1e-3)
    }

    @Test func tooFewViewsAreRefusedAndAlikeOnesToo() throws {
        let truth = try SyntheticBoard.camera(.plumbBob)
        let views = SyntheticBoard.views(truth, count: 2, noise: 0.1, seed: 5)
        #expect(throws: CalibrationError.self) {
            try IntrinsicSolver(width: truth.width, height: truth.height).solve(views)
        }
    }
}
