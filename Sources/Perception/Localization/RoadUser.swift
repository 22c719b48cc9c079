import Glibc

/// What is known beforehand about objects of one class: how large they are, and how they move.
///
/// Sizes are those of traffic in Europe and North America, with spreads wide enough for what networks trained on COCO put
/// into one class (a pick-up is a "truck", a van often a "car").
struct RoadUser: Sendable, Hashable, BitwiseCopyable {
    /// Metres, and the standard deviation as a share.
    var height: Double
    var heightSpread: Double

    /// What shows of the width, seen from any side; metres, and the standard deviation as a share.
    var width: Double
    var widthSpread: Double

    /// How far the place where it touches the ground lies behind its nearest point: wheels stand behind bumpers.
    var contactSetback: Double
    var contactSetbackDeviation: Double

    /// How far the highest point lies behind the place where it touches the ground.
    var roofSetback: Double

    /// How high above the road it stands, and the standard deviation: people walk on pavements.
    var elevation: Double
    var elevationDeviation: Double

    /// How much its velocity changes in a second, along and across the direction of view; m/s.
    var accelerationForward: Double
    var accelerationLeft: Double

    /// A vehicle seen from the side shows its length, and its wheels stand at its nearest side.
    var sideViewWidth: Double

    /// The kinds by the names that networks use; nil for what does not stand on the road.
    static func named(_ name: String) -> RoadUser? {
        switch name.lowercased() {
        case "car", "vehicle", "other vehicle": car
        case "van", "caravan": van
        case "truck", "trailer": truck
        case "bus": bus
        case "person", "pedestrian", "rider", "cyclist", "other person": person
        case "bicycle", "bike": bicycle
        case "motorcycle", "motorbike", "motor": motorcycle
        default: nil
        }
    }

    private static let car = RoadUser(
        height: 1.54, heightSpread: 0.1, width: 2.0, widthSpread: 0.35, contactSetback: 0.85,
        contactSetbackDeviation: 0.2, roofSetback: 1.2, elevation: 0, elevationDeviation: 0.03, accelerationForward: 2,
        accelerationLeft: 1, sideViewWidth: 3.2)
    private static let van = RoadUser(
        height: 2.2, heightSpread: 0.15, width: 2.3, widthSpread: 0.35, contactSetback: 0.8,
        contactSetbackDeviation: 0.25, roofSetback: 0.4, elevation: 0, elevationDeviation: 0.03, accelerationForward: 2,
        accelerationLeft: 1, sideViewWidth: 3.6
    )
    private static let truck = RoadUser(
        height: 2.9, heightSpread: 0.25, width: 2.7, widthSpread: 0.4, contactSetback: 0.9,
        contactSetbackDeviation: 0.4, roofSetback: 0.2, elevation: 0, elevationDeviation: 0.03,
        accelerationForward: 1.5, accelerationLeft: 0.8,
        sideViewWidth: 4.5)
    private static let bus = RoadUser(
        height: 3.1, heightSpread: 0.12, width: 3.0, widthSpread: 0.4, contactSetback: 1.2,
        contactSetbackDeviation: 0.6, roofSetback: 0, elevation: 0, elevationDeviation: 0.03, accelerationForward: 1.5,
        accelerationLeft: 0.8, sideViewWidth: 5)
    private static let person = RoadUser(
        height: 1.7, heightSpread: 0.1, width: 0.6, widthSpread: 0.3, contactSetback: 0.1,
        contactSetbackDeviation: 0.15, roofSetback: 0.05, elevation: 0.06, elevationDeviation: 0.08,
        accelerationForward: 0.7, accelerationLeft: 0.7,
        sideViewWidth: .infinity)
    private static let bicycle = RoadUser(
        height: 1.1, heightSpread: 0.15, width: 1.0, widthSpread: 0.6, contactSetback: 0.3,
        contactSetbackDeviation: 0.2, roofSetback: 0.3, elevation: 0, elevationDeviation: 0.03, accelerationForward: 1,
        accelerationLeft: 1, sideViewWidth: 1.4)
    private static let motorcycle = RoadUser(
        height: 1.25, heightSpread: 0.15, width: 1.0, widthSpread: 0.5, contactSetback: 0.3,
        contactSetbackDeviation: 0.2, roofSetback: 0.4, elevation: 0, elevationDeviation: 0.03, accelerationForward: 2,
        accelerationLeft: 1, sideViewWidth: 1.8)

    /// How far the ground contact lies behind the nearest point for an object that shows `width` metres.
    func setback(width shown: Double) -> (metres: Double, deviation: Double) {
        guard sideViewWidth.isFinite else { return (contactSetback, contactSetbackDeviation) }
        let share = min(max((sideViewWidth - shown) / (sideViewWidth - width), 0), 1)
        return (0.1 + (contactSetback - 0.1) * share, contactSetbackDeviation)
    }
}

extension ClassNames {
    /// For each class, whether its objects stand on the road and move along it: vehicles and people, not lights and signs.
    public var areRoadUsers: [Bool] { names.map { RoadUser.named($0) != nil } }
}
