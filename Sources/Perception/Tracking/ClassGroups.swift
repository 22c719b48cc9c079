/// Which classes may be the same object: a network that calls a van "car" now and "truck" then still sees one van.
public struct ClassGroups: Sendable, Hashable {
    /// The group of each class.
    private let groups: [Int32]

    private static let related: [[String]] = [
        ["car", "truck", "bus", "van", "train", "caravan", "trailer", "vehicle", "other vehicle"],
        ["person", "pedestrian", "rider", "cyclist", "other person"],
        ["bicycle", "motorcycle", "motorbike", "bike", "motor"],
    ]

    /// Classes of one of the known groups belong together; every other class stands alone.
    public init(_ names: ClassNames) {
        groups = names.names.enumerated().map { index, name in
            let name = name.lowercased()
            if let group = Self.related.firstIndex(where: { $0.contains(name) }) { return Int32(group) }
            return Int32(Self.related.count + index)
        }
    }

    /// The number of a class's group; classes without a name stand alone.
    public func group(of classIndex: Int) -> Int32 {
        groups.indices.contains(classIndex) ? groups[classIndex] : Int32(truncatingIfNeeded: ~classIndex)
    }
}
