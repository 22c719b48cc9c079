import ONNX

/// What a replay needs: a small drive and both small networks in a folder of their own.
struct ReplayInputs {
    let folder: TemporaryFolder
    let drive: String
    /// The options that choose the networks.
    let networks: [String]

    /// - Parameter rate: frames a second.
    init(rate: Double = 20) throws {
        folder = try TemporaryFolder()
        drive = folder.file("drive.mp4")
        try SmallDrive.write(drive, rate: rate)
        try SmallNetworks.detection().write(to: folder.file("detection.onnx"))
        try SmallNetworks.road().write(to: folder.file("road.onnx"))
        networks = ["--detection", folder.file("detection.onnx"), "--road", folder.file("road.onnx")]
    }
}
