import ArgumentParser

struct CalibrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate", abstract: "Find out how a camera sees and how it is mounted, for results in metres.",
        discussion: """
            From pictures of a chessboard to distances:
              sightline calibrate intrinsics --chessboard 9x6 --square 25mm pictures/ -o camera.yaml --html camera.html
              sightline calibrate extrinsics camera.yaml --height 1.32 --horizon 352
              sightline calibrate check camera.yaml

            A camera file is ROS's camera_info YAML with the mounting added. Vehicle axes are those of ISO 8855: x forward, \
            y left, z up. Pitch is positive looking down, yaw looking left, roll leaning right.
            """,
        subcommands: [CalibrateIntrinsics.self, CalibrateExtrinsics.self, CalibrateCheck.self, CalibrateConvert.self])
}
