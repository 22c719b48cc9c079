import Perception

/// Merges the classes of a data set or network into common ones, so that networks and data with different classes can be
/// compared.
///
///     let groups: [ClassMapping.Group] = [("vehicle", ["car", "truck", "bus"]), ("person", ["person", "pedestrian"])]
///     let ofNetwork = try ClassMapping(groups, of: network.classNames)
///     let ofTruth = try ClassMapping(groups, of: dataset.names)
public struct ClassMapping: Sendable, Hashable {
    public typealias Group = (name: String, members: [String])

    /// The common classes.
    public let names: ClassNames

    /// The common class of each original one; classes in no group are absent.
    public let indices: [Int: Int]

    /// Maps every class whose name is a group's name or one of its members, ignoring case and the difference between
    /// spaces, hyphens and underscores.
    ///
    /// - Throws: ``EvaluationError/invalidOption(name:detail:)`` where a name is in two groups.
    public init(_ groups: [Group], of names: ClassNames) throws(EvaluationError) {
        var groupOfName: [String: Int] = [:]
        for (index, group) in groups.enumerated() {
            for name in [group.name] + group.members {
                let key = Self.normalized(name)
                if let other = groupOfName[key], other != index {
                    throw .invalidOption(
                        name: "merge", detail: "'\(name)' is in both \(groups[other].name) and \(group.name)")
                }
                groupOfName[key] = index
            }
        }
        self.names = ClassNames(groups.map(\.name))
        var indices: [Int: Int] = [:]
        for (index, name) in names.names.enumerated() { indices[index] = groupOfName[Self.normalized(name)] }
        self.indices = indices
    }

    private static func normalized(_ name: String) -> String {
        String(name.lowercased().map { $0 == "_" || $0 == "-" ? " " : $0 })
    }

    /// What drives, walks and rides, for comparisons between road data sets.
    public static let road: [Group] = [
        (
            "vehicle",
            [
                "car", "truck", "bus", "van", "minivan", "minibus", "pickup", "ambulance", "army vehicle",
                "garbage van",
                "human hauler", "auto rickshaw", "three wheeler",
            ]
        ),
        ("person", ["pedestrian", "people", "human"]),
        ("two-wheeler", ["bicycle", "motorcycle", "motorbike", "scooter", "cyclist", "bike"]),
    ]

    public func truths(_ truths: [EvaluationImage.Truth]) -> [EvaluationImage.Truth] {
        truths.compactMap { truth in
            indices[truth.classIndex].map { merged in
                var truth = truth
                truth.classIndex = merged
                return truth
            }
        }
    }

    /// - Parameter overlap: claims that became one class and overlap a better one by more than this go, since a network may
    ///   call one object both car and truck; nil keeps all.
    public func claims(_ claims: [EvaluationImage.Claim], overlap: Double? = 0.7) -> [EvaluationImage.Claim] {
        let merged = claims.compactMap { claim in
            indices[claim.classIndex].map { index in
                var claim = claim
                claim.classIndex = index
                return claim
            }
        }
        guard let overlap else { return merged }
        let order = merged.indices.sorted { left, right in
            merged[left].score != merged[right].score ? merged[left].score > merged[right].score : left < right
        }
        var kept: [EvaluationImage.Claim] = []
        for index in order {
            let claim = merged[index]
            let isCovered = kept.contains {
                $0.classIndex == claim.classIndex && $0.box.overlap(ofDetection: claim.box, isCrowd: false) > overlap
            }
            if !isCovered { kept.append(claim) }
        }
        return kept
    }
}
