import ArgumentParser
import Calibration
import Imaging
import Messages
import Runtime

struct CalibrateIntrinsics: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "intrinsics",
        abstract: "Find a camera's focal length, middle and distortion from pictures of a board.",
        discussion: """
            Ten to forty pictures: the board at every edge of the image, near and far, tilted by 30 to 45 degrees about both \
            axes; sharp, the board flat, zoom and focus fixed. From a video the different and sharp frames are taken. \
            What is still missing is said.
              sightline calibrate intrinsics --chessboard 9x6 --square 25mm pictures/ -o camera.yaml --html camera.html
              sightline calibrate intrinsics --charuco 8x6 --square 40mm --marker 30mm board.mp4 -o camera.yaml

            Models: plumb_bob for usual lenses, rational_polynomial for wide ones, equidistant for fisheyes.
            """)

    @Argument(help: "Pictures, folders of pictures, videos.")
    var pictures: [String]

    @OptionGroup var board: BoardOptions

    @Option(help: "Lens model: plumb_bob, rational_polynomial or equidistant.")
    var model = LensDistortion.Model.plumbBob.rawValue

    @Option(name: .shortAndLong, help: "The camera file (YAML). A mounting that is already in it is kept.")
    var output: String?

    @Option(help: "The camera's name in the file.")
    var name: String?

    @Option(help: ArgumentHelp("A page that shows how good the calibration is.", valueName: "file"))
    var html: String?

    @Option(help: "Frames a second that are looked at in videos.")
    var rate: Double = 4

    @Option(help: "Views of a video after which no more are looked for.")
    var views = 60

    @Flag(help: "Use every corner, however far off: plain least squares.")
    var keepOutliers = false

    @Flag(help: "One JSON object.")
    var json = false

    func validate() throws {
        guard rate > 0, rate <= 1000 else { throw ValidationError("--rate is above 0 and at most 1000") }
        guard (3...1000).contains(views) else { throw ValidationError("--views is between 3 and 1000") }
        guard LensDistortion.Model(rawValue: model) != nil else {
            throw ValidationError("--model is plumb_bob, rational_polynomial or equidistant")
        }
    }

    func run() throws {
        let pattern = try board.pattern()
        let search = BoardSearch(pattern: pattern, limit: views)
        try search.run(BoardPictures(paths: pictures, videoRate: rate), isQuiet: json)
        guard let size = search.collector.size else {
            throw CommandFailure.workFailed(
                "no board with \(pattern.columns)x\(pattern.rows) inner corners in \(search.seen) pictures: count the corners "
                    + "where four squares meet, and show the whole board with a bright border")
        }
        let lens = LensDistortion.Model(rawValue: model) ?? .plumbBob
        let solver = IntrinsicSolver(
            width: size.x, height: size.y, lens: lens, rejectsOutliers: !keepOutliers, keepsImageWhole: !keepOutliers)
        let solution = try solver.solve(search.collector.views)
        let camera = try calibration(solution, search)
        if let output { try camera.write(to: output) }
        if let html { try writeFile(try report(solution, search, name: camera.name).html, to: html) }
        print(json ? object(solution, search).text : text(solution, search))
    }

    private func calibration(_ solution: IntrinsicSolution, _ search: BoardSearch) throws -> CameraCalibration {
        // Calibrating anew must not lose how the camera is mounted.
        let earlier = output.flatMap { try? CameraCalibration(contentsOf: $0) }
        let pattern = search.collector.finder.pattern
        let source =
            "sightline calibrate intrinsics, \(solution.views.count) views of a board with \(pattern.columns)x\(pattern.rows) "
            + "inner corners, squares of \(fixedDecimal(pattern.squareMetres * 1000, digits: 1)) mm"
        return CameraCalibration(
            name: name ?? earlier?.name ?? "camera", model: solution.model, mounting: earlier?.mounting,
            quality: CalibrationQuality(
                source: source, rmsPixels: solution.rms, heldOutRMSPixels: solution.heldOutRMS,
                views: solution.views.count, deviations: solution.deviations))
    }

    private func report(
        _ solution: IntrinsicSolution, _ search: BoardSearch, name: String
    ) throws -> CalibrationReport {
        var report = CalibrationReport(
            name: name, solution: solution, coverage: search.collector.coverage, picturesSeen: search.seen)
        if search.sample.width == solution.model.width, search.sample.height == solution.model.height {
            report.sample = try search.sample.withView {
                try UndistortedSample($0, model: solution.model, name: search.sampleName)
            }
        }
        return report
    }

    private func text(_ solution: IntrinsicSolution, _ search: BoardSearch) -> String {
        let model = solution.model
        let deviations = solution.deviations
        func value(_ value: Double, _ deviation: Double?) -> String {
            fixedDecimal(value, digits: 2) + (deviation.map { " ± " + fixedDecimal($0, digits: 2) } ?? "")
        }
        var lines = [
            "\(search.collector.count) of \(search.seen) pictures show the board, \(solution.views.count) used"
                + (solution.rejectedCorners > 0 ? ", \(solution.rejectedCorners) corners left out" : ""),
            "  rms        \(fixedDecimal(solution.rms, digits: 3)) px"
                + (solution.heldOutRMS.map { ", \(fixedDecimal($0, digits: 3)) px in views it was not fitted to" } ?? ""),
            "  focal      \(value(model.fx, deviations?.fx))   \(value(model.fy, deviations?.fy)) px",
            "  principal  \(value(model.cx, deviations?.cx))   \(value(model.cy, deviations?.cy)) px",
            "  \(model.distortion.model.rawValue)  "
                + model.distortion.coefficients.map { fixedDecimal($0, digits: 5) }.joined(separator: " "),
        ]
        if !solution.rejectedViews.isEmpty {
            lines.append("  left out   \(solution.rejectedViews.joined(separator: ", "))")
        }
        let others = search.collector.namesOfOtherSizes
        if !others.isEmpty { lines.append("  other size \(others.joined(separator: ", "))") }
        for missing in search.collector.coverage.missing { lines.append("  missing    \(missing)") }
        if let output { lines.append("Written to \(output); next: sightline calibrate extrinsics \(output)") }
        if let html { lines.append("How good it is: \(html)") }
        return lines.joined(separator: "\n")
    }

    private func object(_ solution: IntrinsicSolution, _ search: BoardSearch) -> JSONValue {
        func numbers(_ values: [Double]) -> JSONValue { .array(values.map { .number($0) }) }
        let model = solution.model
        let deviations = solution.deviations
        return .object([
            .init("pictures", .signed(Int64(search.seen))),
            .init("views_found", .signed(Int64(search.collector.count))),
            .init("views_used", .signed(Int64(solution.views.count))),
            .init("corners_left_out", .signed(Int64(solution.rejectedCorners))),
            .init("views_left_out", .array(solution.rejectedViews.map { .string($0) })),
            .init("image_width", .signed(Int64(model.width))), .init("image_height", .signed(Int64(model.height))),
            .init("rms_px", .number(solution.rms)),
            .init("held_out_rms_px", solution.heldOutRMS.map { .number($0) } ?? .null),
            .init("camera_matrix", numbers(model.matrix.elements)),
            .init("distortion_model", .string(model.distortion.model.rawValue)),
            .init("distortion_coefficients", numbers(model.distortion.coefficients)),
            .init(
                "standard_deviations",
                deviations.map { numbers([$0.fx, $0.fy, $0.cx, $0.cy] + $0.distortion) } ?? .null),
            .init("coverage", .number(search.collector.coverage.coveredShare)),
            .init("missing", .array(search.collector.coverage.missing.map { .string($0) })),
        ])
    }
}
