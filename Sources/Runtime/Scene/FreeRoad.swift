import Perception

/// Where the free road ends, in the picture and, with a calibrated camera, in metres.
public final class FreeRoad {
    public private(set) var profile: FreeSpaceProfile
    public private(set) var outline: DrivableOutline
    private let areRoadUsers: [Bool]

    /// - Parameter classNames: of the detection network; nil when there is none.
    init(maskWidth: Int, classNames: ClassNames?) {
        profile = FreeSpaceProfile(maskWidth: maskWidth)
        outline = DrivableOutline(columns: maskWidth / FreeSpaceProfile.step + 1)
        areRoadUsers = classNames?.areRoadUsers ?? []
    }

    func update(_ network: RoadNetwork, _ tracking: ObjectTracking?, _ ground: RoadGround?) {
        profile.update(network.scene)
        if let tracking { block(tracking) }
        if let ground { profile.measure(on: ground.locator.currentPlane) }
        outline.update(profile)
    }

    private func block(_ tracking: ObjectTracking) {
        for index in 0..<tracking.tracker.count {
            let track = tracking.tracker[index]
            guard tracking.tracker.isShown(track), areRoadUsers.indices.contains(track.classIndex),
                areRoadUsers[track.classIndex]
            else { continue }
            profile.block(track.box)
        }
    }
}
