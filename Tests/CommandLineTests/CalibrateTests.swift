import Foundation
import Imaging
import Testing

@Suite("sightline calibrate", .serialized)
struct CalibrateTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private static let focal = 560.0

    /// A 9x6 chessboard with squares of 30 mm, seen by a pinhole camera from several sides.
    private func writeBoards() throws {
        try FileManager.default.createDirectory(atPath: folder.file("boards"), withIntermediateDirectories: true)
        for number in 0..<9 {
            let (column, row) = (Double(number % 3 - 1), Double(number / 3 - 1))
            let turn = (x: 0.5 * row + 0.1, y: -0.45 * column, z: 0.15 * column * row)
            let place = (x: 0.11 * column, y: 0.07 * row, z: 0.42 + 0.05 * Double(number % 2))
            try Self.drawBoard(turn: turn, place: place, to: folder.file("boards/view\(number).png"))
        }
    }

    /// Turns about x, then y, then z; the board's middle is at `place`.
    private static func drawBoard(
        turn: (x: Double, y: Double, z: Double), place: (x: Double, y: Double, z: Double), to path: String
    ) throws {
        var picture = try ImageBuffer(ImageDescription(width: 640, height: 480, format: .gray8))
        // Unit vectors of the board's sides in the camera's axes.
        let (sx, cx, sy, cy) = (sin(turn.x), cos(turn.x), sin(turn.y), cos(turn.y))
        let (sz, cz) = (sin(turn.z), cos(turn.z))
        let right = (cz * cy, sz * cy, -sy)
        let down = (cz * sy * sx - sz * cx, sz * sy * sx + cz * cx, cy * sx)
        let normal = (
            right.1 * down.2 - right.2 * down.1, right.2 * down.0 - right.0 * down.2,
            right.0 * down.1 - right.1 * down.0
        )
        let depth = normal.0 * place.x + normal.1 * place.y + normal.2 * place.z
        picture.withMutableView { view in
            for y in 0..<480 {
                for x in 0..<640 {
                    var sum = 0.0
                    for sample in 0..<16 {
                        let u = (Double(x) + (Double(sample % 4) - 1.5) / 4 - 320) / focal
                        let v = (Double(y) + (Double(sample / 4) - 1.5) / 4 - 240) / focal
                        let distance = depth / (normal.0 * u + normal.1 * v + normal.2)
                        let offset = (u * distance - place.x, v * distance - place.y, distance - place.z)
                        let across = (offset.0 * right.0 + offset.1 * right.1 + offset.2 * right.2) / 0.03 + 5
                        let along = (offset.0 * down.0 + offset.1 * down.1 + offset.2 * down.2) / 0.03 + 3.5
                        let isOnBoard = (0..<10).contains(across) && (0..<7).contains(along)
                        sum += isOnBoard && (Int(across) + Int(along)) % 2 == 0 ? 30 : 210
                    }
                    view.plane(0).row(y)[x] = UInt8(sum / 16)
                }
            }
        }
        try picture.withView { try ImageFile.write($0, to: path) }
    }

    @Test("from pictures of a board to a camera file with a mounting")
    func fromPicturesToAMountedCamera() throws {
        try writeBoards()
        let (camera, page) = (folder.file("camera.yaml"), folder.file("camera.html"))
        let intrinsics = try SightlineProcess.run([
            "calibrate", "intrinsics", "--chessboard", "9x6", "--square", "30mm", folder.file("boards"), "-o", camera,
            "--html", page, "--json",
        ])
        #expect(intrinsics.status == 0, "\(intrinsics.errors)")
        let result = try #require(try intrinsics.objects().first)
        #expect(result["views_found"] as? Int == 9)
        #expect(result["views_used"] as? Int == 9)
        #expect(try #require(result["rms_px"] as? Double) < 0.1)
        #expect(try #require(result["held_out_rms_px"] as? Double) < 0.2)
        let matrix = try #require(result["camera_matrix"] as? [Double])
        #expect(abs(matrix[0] / Self.focal - 1) < 0.005 && abs(matrix[2] - 320) < 3 && matrix.count == 9)
        #expect((result["distortion_coefficients"] as? [Double])?.count == 5)
        #expect((result["standard_deviations"] as? [Double])?.count == 9)
        let html = try String(contentsOfFile: page, encoding: .utf8)
        #expect(html.contains("Undistorted sample") && html.contains("data:image/jpeg;base64,"))

        let unmounted = try SightlineProcess.run(["calibrate", "check", camera, "--json"])
        #expect(unmounted.status == 0, "\(unmounted.errors)")
        #expect(try unmounted.objects().first?["has_mounting"] as? Bool == false, "\(unmounted.output)")
        let extrinsics = try SightlineProcess.run([
            "calibrate", "extrinsics", camera, "--height", "132cm", "--horizon", "200", "--json",
        ])
        #expect(extrinsics.status == 0, "\(extrinsics.errors)")
        let mounting = try #require(try extrinsics.objects().first)
        // 40 pixels above the middle.
        #expect(abs(try #require(mounting["pitch_deg"] as? Double) - atan(40 / Self.focal) * 180 / .pi) < 0.4)
        #expect(mounting["height_m"] as? Double == 1.32)

        let camchain = folder.file("camchain.yaml")
        let refused = try SightlineProcess.run(["calibrate", "convert", camera, camchain, "--to", "kalibr"])
        #expect(refused.status == 3 && refused.errors.contains("k1 k2 p1 p2 only"))
        let opencv = folder.file("camera.yml")
        #expect(try SightlineProcess.run(["calibrate", "convert", camera, opencv, "--to", "opencv"]).status == 0)
        #expect(try SightlineProcess.run(["calibrate", "convert", opencv, folder.file("back.yaml")]).status == 0)
        let checked = try SightlineProcess.run(["calibrate", "check", folder.file("back.yaml")])
        #expect(checked.status == 0 && checked.output.contains("sightline calibrate extrinsics"), "\(checked.output)")
    }

    @Test("what cannot work is said in one line")
    func refusals() throws {
        let empty = folder.file("empty")
        try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
        let board = ["calibrate", "intrinsics", "--chessboard", "9x6", "--square"]
        for (arguments, status, mentions) in [
            (board + ["30mm", empty], Int32(2), "no pictures"),
            (board + ["wide", empty], 2, "expected a length"),
            (["calibrate", "intrinsics", "--square", "30mm", empty], 2, "which board?"),
            (["calibrate", "check", folder.file("none.yaml")], 2, "none.yaml"),
            (["calibrate", "extrinsics", folder.file("none.yaml"), "--horizon", "1"], 2, "none.yaml"),
        ] {
            let outcome = try SightlineProcess.run(arguments)
            #expect(outcome.status == status, "\(arguments) \(outcome.errors)")
            #expect(outcome.errors.contains(mentions), "\(outcome.errors)")
            #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
        }
    }
}
