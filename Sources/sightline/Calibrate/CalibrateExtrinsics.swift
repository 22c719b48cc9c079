import ArgumentParser
import Calibration
import Imaging
import Messages

struct CalibrateExtrinsics: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extrinsics", abstract: "Find out how a camera is mounted, and write it into its file.",
        discussion: """
            Four ways. Measure the height of the lens above the road, and read the row of the horizon off a picture taken on \
            flat ground (far away, where road and sky meet):
              sightline calibrate extrinsics camera.yaml --height 1.32 --horizon 352
            Or read off where the lane lines of a straight road meet, which gives the yaw too:
              sightline calibrate extrinsics camera.yaml --height 1.32 --vanishing-point 652,352
            Or let it watch a recorded drive on straight roads: still things stream away from the direction of travel:
              sightline calibrate extrinsics camera.yaml --height 1.32 --drive drive.mp4
            Or lay a chessboard flat on the ground before the camera, one side along the vehicle:
              sightline calibrate extrinsics camera.yaml --chessboard 9x6 --square 100mm --board ground.jpg

            Degrees; pitch is positive looking down, yaw looking left, roll leaning right. Metres from the vehicle's reference \
            point on the ground: x forward, y left.
            """)

    @Argument(help: "The camera file, from `calibrate intrinsics`.")
    var camera: String

    @Option(help: "Height of the lens above the ground: 1.32, 132cm.")
    var height: String?

    @Option(help: ArgumentHelp("Image row of the horizon, counted from the top.", valueName: "row"))
    var horizon: Double?

    @Option(
        help: ArgumentHelp("Pixel where lines along the vehicle's direction meet: column,row.", valueName: "column,row")
    )
    var vanishingPoint: String?

    @Option(help: ArgumentHelp("A picture of a board that lies on the ground.", valueName: "picture"))
    var board: String?

    @OptionGroup var boardOptions: BoardOptions

    @Option(help: ArgumentHelp("A recorded drive, on straight roads for half a minute or more.", valueName: "drive"))
    var drive: String?

    @Option(help: "How far off the row or point that was read off may be, in pixels.")
    var uncertainty: Double = 3

    @Option(help: "How far off the height may be: 2cm.")
    var heightUncertainty = "2cm"

    @Option(help: "Roll in degrees, leaning right positive; without it the file's, else 0.")
    var roll: Double?

    @Option(help: "Yaw in degrees, looking left positive; without it the file's, else 0.")
    var yaw: Double?

    @Option(help: "Pitch in degrees, looking down positive, where it was measured otherwise.")
    var pitch: Double?

    @Option(name: .customLong("x"), help: "Metres from the vehicle's reference point forward to the camera.")
    var xMetres: Double?

    @Option(name: .customLong("y"), help: "Metres from the vehicle's reference point to the left to the camera.")
    var yMetres: Double?

    @Option(name: .shortAndLong, help: "Where the camera file with the mounting goes; without it the file itself.")
    var output: String?

    @Flag(help: "One JSON object.")
    var json = false

    func validate() throws {
        let ways = [horizon != nil, vanishingPoint != nil, board != nil, drive != nil, pitch != nil].count { $0 }
        guard ways == 1 else {
            throw ValidationError("give one of --horizon, --vanishing-point, --board, --drive and --pitch")
        }
        guard uncertainty > 0, uncertainty < 1000 else { throw ValidationError("--uncertainty is above 0 pixels") }
        for (angle, name) in [(roll, "--roll"), (yaw, "--yaw"), (pitch, "--pitch")] {
            if let angle, !(angle.magnitude <= 90) { throw ValidationError("\(name) is between -90 and 90 degrees") }
        }
    }

    func run() throws {
        var calibration = try CameraCalibration.read(camera).camera
        calibration.mounting = try mounting(calibration)
        let path = output ?? camera
        try calibration.write(to: path)
        guard let mounting = calibration.mounting else { return }
        print(json ? object(mounting).text : text(mounting, path))
    }

    private func mounting(_ calibration: CameraCalibration) throws -> Mounting {
        var known = calibration.mounting ?? Mounting(heightMetres: 0)
        known.deviations.heightMetres = try BoardOptions.metres(heightUncertainty, "--height-uncertainty")
        if let height { known.heightMetres = try BoardOptions.metres(height, "--height") }
        if let roll { known.rollDegrees = roll }
        if let yaw { known.yawDegrees = yaw }
        if let xMetres { known.xMetres = xMetres }
        if let yMetres { known.yMetres = yMetres }
        if let board { return try mounting(board: board, calibration, known) }
        guard known.heightMetres > 0 else {
            throw CommandFailure.wrongUse(
                "--height is missing: measure from the road up to the lens, such as --height 1.32")
        }
        if let pitch {
            known.pitchDegrees = pitch
            return known
        }
        if let drive { return try DriveWatch(path: drive).mounting(calibration, known: known, isQuiet: json) }
        let found =
            if let horizon {
                Mounting.find(horizon: horizon, uncertainty: uncertainty, model: calibration.model, known: known)
            } else {
                Mounting.find(
                    vanishingPoint: try point(), uncertainty: uncertainty, model: calibration.model, known: known)
            }
        guard let found else {
            throw CommandFailure.wrongUse("the camera's lens model sees nothing at that place of the image")
        }
        return found
    }

    private func point() throws -> SIMD2<Double> {
        let parts = (vanishingPoint ?? "").split(separator: ",").compactMap { Double($0) }
        guard parts.count == 2, parts.allSatisfy(\.isFinite) else {
            throw CommandFailure.wrongUse(
                "--vanishing-point \(vanishingPoint ?? ""): expected column,row such as 652,352")
        }
        return SIMD2(parts[0], parts[1])
    }

    private func mounting(board path: String, _ calibration: CameraCalibration, _ known: Mounting) throws -> Mounting {
        let pattern = try boardOptions.pattern()
        let picture = try ImageFile.read(path)
        let model = try calibration.model.scaled(width: picture.width, height: picture.height)
        guard let view = picture.withView({ BoardFinder(pattern: pattern).find(in: $0, name: path) }) else {
            throw CommandFailure.workFailed("\(path): the board is not seen whole")
        }
        guard let found = Mounting.find(board: view, model: model, known: known) else {
            throw CommandFailure.workFailed("\(path): the board's corners determine no pose")
        }
        if found.rms > 2 {
            printError(
                "warning: \(path): corners are off by \(fixedDecimal(found.rms, digits: 1)) px; is the board flat and the "
                    + "camera file this camera's?")
        }
        var mounting = found.mounting
        if let height {
            mounting.heightMetres = try BoardOptions.metres(height, "--height")
            mounting.deviations.heightMetres = known.deviations.heightMetres
        }
        if let yaw { mounting.yawDegrees = yaw }
        return mounting
    }

    private func text(_ mounting: Mounting, _ path: String) -> String {
        let deviations = mounting.deviations
        func line(_ name: String, _ value: Double, _ deviation: Double, _ unit: String, _ note: String) -> String {
            "  \(name)  \(fixedDecimal(value, digits: 3)) ± \(fixedDecimal(deviation, digits: 3)) \(unit)\(note)"
        }
        return [
            line("height", mounting.heightMetres, deviations.heightMetres, "m", ""),
            line("pitch ", mounting.pitchDegrees, deviations.pitchDegrees, "degrees", ", down is positive"),
            line("yaw   ", mounting.yawDegrees, deviations.yawDegrees, "degrees", ", left is positive"),
            line("roll  ", mounting.rollDegrees, deviations.rollDegrees, "degrees", ", right is positive"),
            "Written to \(path); next: sightline calibrate check \(path)",
        ].joined(separator: "\n")
    }

    private func object(_ mounting: Mounting) -> JSONValue {
        let deviations = mounting.deviations
        let values: [(String, Double, Double)] = [
            ("height_m", mounting.heightMetres, deviations.heightMetres),
            ("pitch_deg", mounting.pitchDegrees, deviations.pitchDegrees),
            ("yaw_deg", mounting.yawDegrees, deviations.yawDegrees),
            ("roll_deg", mounting.rollDegrees, deviations.rollDegrees), ("x_m", mounting.xMetres, deviations.xMetres),
            ("y_m", mounting.yMetres, deviations.yMetres),
        ]
        return .object(
            values.map { .init($0.0, .number($0.1)) }
                + [.init("standard_deviations", .object(values.map { .init($0.0, .number($0.2)) }))])
    }
}
