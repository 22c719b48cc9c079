import Foundation
import TestSupport

@testable import Calibration

/// Corners that OpenCV found in Debian's sample pictures, and what it made of them.
struct GoldenCorners: Decodable {
    static let path = "calibration/opencv_chessboard_reference.json"

    struct Camera: Decodable {
        var rms: Double
        var matrix: [[Double]]
        var distortion: [Double]
        var stdIntrinsics: [Double]?
        var files: [String]?
        var corners: [[[Double]]]?

        enum CodingKeys: String, CodingKey {
            case matrix = "K"
            case distortion = "D"
            case rms, stdIntrinsics, files, corners
        }
    }
    var leftWin5: Camera
    var leftWin11: Camera
    var rightWin5: Camera
    var rightWin11: Camera
    var leftFisheyeWin5: Camera
    var rightFisheyeWin5: Camera

    static func read() throws -> GoldenCorners {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(
            GoldenCorners.self, from: Data(contentsOf: URL(fileURLWithPath: SharedFiles.path(path))))
    }
}

extension GoldenCorners.Camera {
    /// The corners as views of a 9x6 board with squares of side 1.
    func views(in corners: [[[Double]]]?) -> [BoardView] {
        (corners ?? self.corners ?? []).enumerated().map { index, picture in
            BoardView(
                name: "\(index)", board: (0..<54).map { SIMD2(Double($0 % 9), Double($0 / 9)) },
                pixels: picture.map { SIMD2($0[0], $0[1]) })
        }
    }
}
