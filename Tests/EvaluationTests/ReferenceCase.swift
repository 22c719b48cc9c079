import Evaluation
import Foundation

/// A case of `average_precision_reference.py`: pictures, and the figures of pycocotools for them.
struct ReferenceCase: Decodable {
    struct Truth: Decodable {
        var box: [Double]
        var `class`: Int
        var area: Double
        var crowd: Int
    }

    struct Claim: Decodable {
        var box: [Double]
        var score: Double
        var `class`: Int
    }

    struct Image: Decodable {
        var truths: [Truth]
        var claims: [Claim]
    }

    struct Expected: Decodable {
        var stats: [Double]
        /// Class, average precision, average precision at overlap 0.5.
        var perClass: [[Double]]
    }

    var seed: Int
    var images: [Image]
    var expected: Expected

    var evaluationImages: [EvaluationImage] {
        func box(_ numbers: [Double]) -> EvaluationBox {
            EvaluationBox(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
        }
        return images.map { image in
            EvaluationImage(
                truths: image.truths.map {
                    .init(box: box($0.box), classIndex: $0.class, area: $0.area, isCrowd: $0.crowd != 0)
                }, claims: image.claims.map { .init(box: box($0.box), score: $0.score, classIndex: $0.class) })
        }
    }

    static func cases(_ data: Data) throws -> [ReferenceCase] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode([ReferenceCase].self, from: data)
    }
}
