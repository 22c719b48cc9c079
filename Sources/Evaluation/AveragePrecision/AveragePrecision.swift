/// Average precision of boxes, computed as `COCOeval` of pycocotools 2.0 does.
///
/// Claims are matched to truths greedily by score in each picture and class, once for each of ten overlap thresholds.
/// Over all pictures of a class, claims in the order of their scores then give precision as a function of recall; its
/// upper envelope is read at 101 recalls. Results equal those of pycocotools up to the rounding of sums.
///
/// Matching is done once at initialisation, so that ``value(images:)`` can be asked for many selections of pictures.
///
/// - Reference: Lin et al., Microsoft COCO: Common Objects in Context, 2014, and the evaluation code published with it.
public struct AveragePrecision: Sendable {
    /// 0.50, 0.55, ... 0.95.
    static let overlaps: [Double] = evenlySpaced(from: 0.5, through: 0.95, count: 10)

    /// 0, 0.01, ... 1.
    static let recalls: [Double] = evenlySpaced(from: 0, through: 1, count: 101)

    /// Numbers with equal distances, computed as numpy's `linspace` does: to the last bit, since overlaps and recalls are
    /// compared with them.
    private static func evenlySpaced(from first: Double, through last: Double, count: Int) -> [Double] {
        let step = (last - first) / Double(count - 1)
        return (0..<count).map { $0 == count - 1 ? last : Double($0) * step + first }
    }

    /// Areas in square pixels, both ends included: all, small, medium, large.
    static let areas: [ClosedRange<Double>] = [
        0...1e10, 0...(32 * 32), (32 * 32)...(96 * 96), (96 * 96)...1e10,
    ]

    /// Claims of highest score that count in a picture, for each class.
    static let claimLimits = [1, 10, 100]

    /// The classes that occur in truths or claims, ascending.
    public let classes: [Int]
    public let imageCount: Int

    /// For each class and area range: the matches of each picture.
    private let matches: [[[ImageMatches]]]

    /// Matches all claims.
    ///
    /// - Throws: ``EvaluationError/mismatch(detail:)`` for boxes or scores that are not finite.
    /// - Complexity: for each picture and class, claims times truths.
    public init(_ images: [EvaluationImage]) throws(EvaluationError) {
        for (index, image) in images.enumerated() {
            guard image.truths.allSatisfy({ $0.box.isFinite && $0.area.isFinite }),
                image.claims.allSatisfy({ $0.box.isFinite && $0.score.isFinite })
            else { throw .mismatch(detail: "picture \(index) has a box or score that is not finite") }
        }
        imageCount = images.count
        var classes: Set<Int> = []
        for image in images {
            classes.formUnion(image.truths.map(\.classIndex))
            classes.formUnion(image.claims.map(\.classIndex))
        }
        self.classes = classes.sorted()
        var matches = [[[ImageMatches]]](
            repeating: .init(repeating: [], count: Self.areas.count), count: self.classes.count)
        let places = Dictionary(uniqueKeysWithValues: self.classes.enumerated().map { ($1, $0) })
        for (index, image) in images.enumerated() {
            let truths = Dictionary(grouping: image.truths, by: \.classIndex)
            let claims = Dictionary(grouping: image.claims, by: \.classIndex)
            for (label, place) in places {
                let (truths, claims) = (truths[label] ?? [], claims[label] ?? [])
                if truths.isEmpty, claims.isEmpty { continue }
                let matcher = ClaimMatcher(image: index, truths: truths, claims: claims)
                for (range, area) in Self.areas.enumerated() {
                    matches[place][range].append(matcher.match(area: area))
                }
            }
        }
        self.matches = matches
    }

    /// All figures that the COCO tools print, and those of each class.
    public func result() -> AveragePrecisionResult {
        let curves = classes.indices.map { place in
            Self.areas.indices.map { range in
                Self.claimLimits.map { PrecisionCurve(matches[place][range], claimLimit: $0) }
            }
        }
        func precision(area: Int = 0, overlap: Int? = nil) -> Double? {
            PrecisionCurve.mean(curves.compactMap { $0[area][2]?.precision(overlap: overlap) })
        }
        func recall(area: Int = 0, limit: Int = 2) -> Double? {
            PrecisionCurve.mean(curves.compactMap { $0[area][limit]?.meanRecall })
        }
        let perClass = classes.indices.map { place in
            ClassPrecision(
                classIndex: classes[place], truthCount: curves[place][0][2]?.truthCount ?? 0,
                map50To95: curves[place][0][2]?.precision(), map50: curves[place][0][2]?.precision(overlap: 0))
        }
        return AveragePrecisionResult(
            map50To95: precision(), map50: precision(overlap: 0), map75: precision(overlap: 5),
            small: precision(area: 1), medium: precision(area: 2), large: precision(area: 3),
            recall1: recall(limit: 0), recall10: recall(limit: 1), recall100: recall(),
            recallSmall: recall(area: 1), recallMedium: recall(area: 2), recallLarge: recall(area: 3),
            perClass: perClass)
    }

    /// The mean over classes of average precision from overlap 0.50 to 0.95, for a selection of the pictures in which one
    /// may occur several times; nil where the selection has no truths.
    ///
    /// - Parameter images: how often each picture counts.
    public func value(images: [Int]) -> Double? {
        PrecisionCurve.mean(
            classes.indices.compactMap { place in
                PrecisionCurve(matches[place][0], claimLimit: 100, counts: images)?.precision()
            })
    }
}
