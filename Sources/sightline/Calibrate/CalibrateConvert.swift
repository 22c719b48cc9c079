import ArgumentParser
import Calibration

struct CalibrateConvert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Convert a camera file between ROS, OpenCV and Kalibr.",
        discussion: """
            The format of INPUT is told by what is in it; OUTPUT is ROS's camera_info (which Sightline uses) unless --to says \
            opencv (FileStorage) or kalibr (camchain). What the target cannot hold is said.
              sightline calibrate convert camchain.yaml camera.yaml --camera 1
              sightline calibrate convert intrinsics.yml right.yaml --camera 1 --size 640x480
              sightline calibrate convert camera.yaml camchain.yaml --to kalibr
            """)

    @Argument(help: "The file to read.")
    var input: String

    @Argument(help: "The file to write.")
    var output: String

    @Option(help: "The format of the output: ros, opencv or kalibr.")
    var to = CameraFileFormat.ros.rawValue

    @Option(help: "Which camera of a file with several, counted from 0.")
    var camera: Int?

    @Option(help: ArgumentHelp("Image size, where the file does not say.", valueName: "640x480"))
    var size: String?

    @Option(help: "Lens model, where the file does not say: plumb_bob, rational_polynomial or equidistant.")
    var model: String?

    @Option(help: "The camera's name, instead of the file's.")
    var name: String?

    func run() throws {
        guard let format = CameraFileFormat(rawValue: to) else {
            throw CommandFailure.wrongUse("--to \(to): expected ros, opencv or kalibr")
        }
        var selection = CameraFileSelection(camera: camera, name: name)
        if let size {
            let (width, height) = try BoardOptions.size(size, "--size")
            selection.imageSize = SIMD2(width, height)
        }
        if let model {
            guard let lens = LensDistortion.Model(rawValue: model) else {
                throw CommandFailure.wrongUse(
                    "--model \(model): expected plumb_bob, rational_polynomial or equidistant")
            }
            selection.lens = lens
        }
        let (calibration, found) = try CameraCalibration.read(input, selecting: selection)
        try calibration.write(to: output, as: format)
        let losses = calibration.losses(as: format)
        if !losses.isEmpty {
            printError("\(output): \(format.rawValue) has no place for \(losses.joined(separator: ", "))")
        }
        print("\(input) (\(found.rawValue)) -> \(output) (\(format.rawValue))")
    }
}
