import Foundation
import Imaging
import TestSupport
import Testing

@testable import Calibration

@Suite struct CharucoTests {
    @Test(arguments: ArucoDictionary.allCases)
    func everyMarkerIsItselfInEveryOrientation(_ dictionary: ArucoDictionary) throws {
        let side = dictionary.side
        let all = side == 4 ? ArucoMarkers.four : side == 5 ? ArucoMarkers.five : ArucoMarkers.six
        #expect(all.count == 250)
        func turned(_ bits: UInt64) -> UInt64 {
            // A quarter turn clockwise: the first column, from below, becomes the first row.
            var result: UInt64 = 0
            for row in 0..<side {
                for column in 0..<side {
                    let source = (side - 1 - column) * side + row
                    result = result << 1 | (bits >> UInt64(side * side - 1 - source) & 1)
                }
            }
            return result
        }
        for marker in 0..<dictionary.count {
            var bits = all[marker]
            for turns in 0..<4 {
                let found = try #require(dictionary.identify(bits))
                #expect(found.marker == marker && found.turns == turns)
                bits = turned(bits)
            }
        }
    }

    @Test(
        .enabled(if: PythonScript.isAvailable, Comment(rawValue: PythonScript.absence)),
        arguments: [ArucoDictionary.fourBy4With50, .fiveBy5With100, .sixBy6With250])
    func findsTheCornersOfOpenCVsBoards(_ dictionary: ArucoDictionary) throws {
        struct Scene: Decodable {
            var pictures: [String]
            /// Per picture: column, row, x, y of each corner, also outside the image.
            var corners: [[[Double]]]
            var matrix: [Double]
        }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sightline-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = try PythonScript.run(Fixture.path("charuco_views.py"), [dictionary.name, folder.path])
        let scene = try JSONDecoder().decode(Scene.self, from: output)
        let pattern = try BoardPattern.charuco(
            squaresX: 8, squaresY: 6, squareMetres: 0.04, markerShare: 0.75, dictionary: dictionary)
        let finder = BoardFinder(pattern: pattern)
        var views: [BoardView] = []
        var (found, visible, squares) = (0, 0, 0.0)
        for (path, corners) in zip(scene.pictures, scene.corners) {
            visible += corners.count { (9...1270).contains($0[2]) && (9...710).contains($0[3]) }
            let picture = try ImageFile.read(path)
            guard let view = picture.withView({ finder.find(in: $0, name: path) }) else { continue }
            views.append(view)
            for (place, pixel) in zip(view.board, view.pixels) {
                let truth = try #require(
                    corners.first {
                        (pattern.place(column: Int($0[0]), row: Int($0[1])) - place).length < 1e-9
                    })
                let error = pixel - SIMD2(truth[2], truth[3])
                #expect(error.length < 0.6)
                squares += error.dot(error)
                found += 1
            }
        }
        print(
            "\(dictionary.name): \(found) of \(visible) corners, rms \((squares / Double(2 * found)).squareRoot()) px")
        #expect(Double(found) > 0.85 * Double(visible))
        #expect((squares / Double(2 * found)).squareRoot() < 0.08)
        let solution = try IntrinsicSolver(width: 1280, height: 720).solve(views)
        #expect((solution.model.fx / scene.matrix[0] - 1).magnitude < 2e-3)
    }
}
