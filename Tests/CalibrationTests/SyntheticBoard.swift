import Foundation
import TestSupport

@testable import Calibration

/// Views of a 9x6 chessboard through cameras whose numbers are known.
enum SyntheticBoard {
    static let columns = 9
    static let rows = 6
    static let square = 0.03

    static func camera(_ lens: LensDistortion.Model) throws -> CameraModel {
        let coefficients: [Double] =
            switch lens {
            case .plumbBob: [-0.28, 0.08, 0.0011, -0.0007, -0.012]
            case .rationalPolynomial: [0.41, -0.12, 0.0009, -0.0004, 0.03, 0.62, 0.05, 0.01]
            case .equidistant: [-0.012, 0.004, -0.0021, 0.0002]
            }
        let focal = lens == .equidistant ? 420.0 : 812.0
        return try CameraModel(
            width: 1280, height: 720, fx: focal, fy: focal * 0.998, cx: 645.3, cy: 352.8,
            distortion: try LensDistortion(model: lens, coefficients: coefficients))
    }

    static var places: [SIMD2<Double>] {
        (0..<rows * columns).map { SIMD2(Double($0 % columns), Double($0 / columns)) * square }
    }

    /// A pose in which the whole board, with its outer squares, is in the image.
    static func pose(_ model: CameraModel, _ generator: inout SeededGenerator) -> BoardPose {
        let center = SIMD3(Double(columns - 1), Double(rows - 1), 0) * (square / 2)
        while true {
            let tilt = SIMD3(
                Double.random(in: -0.6...0.6, using: &generator), .random(in: -0.6...0.6, using: &generator),
                .random(in: -0.5...0.5, using: &generator))
            let rotation = Matrix3(rotationVector: tilt)
            let distance = model.distortion.model == .equidistant ? 0.12...0.3 : 0.25...0.7
            let depth = Double.random(in: distance, using: &generator)
            let place = SIMD3(
                Double.random(in: -0.7...0.7, using: &generator) * depth,
                Double.random(in: -0.4...0.4, using: &generator) * depth, depth)
            let pose = BoardPose(rotation: rotation, translation: place - rotation * center)
            let corners = [(-1, -1), (columns, -1), (columns, rows), (-1, rows)].map {
                model.project(pose.apply(SIMD2(Double($0.0), Double($0.1)) * square))
            }
            if corners.allSatisfy({ $0.map(model.contains) ?? false }) { return pose }
        }
    }

    static func views(_ model: CameraModel, count: Int, noise: Double, seed: UInt64) -> [BoardView] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { index in
            let pose = pose(model, &generator)
            let pixels = places.map { place in
                (model.project(pose.apply(place)) ?? SIMD2(0, 0))
                    + SIMD2(normal(&generator), normal(&generator)) * noise
            }
            return BoardView(name: "view \(index)", board: places, pixels: pixels)
        }
    }

    /// A picture of the board: each pixel the mean of 16 rays, then noise.
    static func picture(_ model: CameraModel, _ pose: BoardPose, noise: Double, seed: UInt64) -> GrayImage {
        var generator = SeededGenerator(seed: seed)
        var values = [Float](repeating: 0, count: model.width * model.height)
        let map = Matrix3(columns: pose.rotation.column0, pose.rotation.column1, pose.translation)
        guard let back = map.inverse else { return GrayImage(width: model.width, height: model.height, values: values) }
        func brightness(_ pixel: SIMD2<Double>) -> Float {
            guard let ray = model.unproject(pixel) else { return 128 }
            let place = back * ray
            let (x, y) = (place.x / place.z / square, place.y / place.z / square)
            // One square of margin around the inner corners, then white paper.
            guard x > -1, y > -1, x < Double(columns), y < Double(rows) else { return 200 }
            return (Int(x.rounded(.down)) + Int(y.rounded(.down))) % 2 == 0 ? 40 : 200
        }
        for y in 0..<model.height {
            for x in 0..<model.width {
                var sum: Float = 0
                for subY in 0..<4 {
                    for subX in 0..<4 {
                        let offset = SIMD2(Double(subX) - 1.5, Double(subY) - 1.5) / 4
                        sum += brightness(SIMD2(Double(x), Double(y)) + offset)
                    }
                }
                values[y * model.width + x] = min(max(sum / 16 + Float(normal(&generator) * noise), 0), 255).rounded()
            }
        }
        return GrayImage(width: model.width, height: model.height, values: values)
    }
}
