import Calibration

/// Where the free road ends in columns of the picture: at the mask's edge or at the nearest object, whichever is nearer.
///
/// Allocates nothing after its creation.
public struct FreeSpaceProfile: ~Copyable {
    public struct Column: Sendable, Hashable, BitwiseCopyable {
        /// Pixels of the captured frame.
        public var x: Float
        /// The lower end of what is free.
        public var nearY: Float
        /// The upper end; equals ``nearY`` where nothing is free.
        public var farY: Float
        /// Along the ground from the vehicle's origin to the end, metres; negative without a calibrated camera.
        public var distance: Float
    }

    /// Mask columns from one to the next: finer than any vehicle, small in a message.
    public static let step = 8

    /// Distances beyond, and columns that are free up to the horizon, are said to be this far; metres.
    public static let farthest: Float = 100

    private let columns: UnsafeMutablePointer<Column>
    private let capacity: Int
    public private(set) var count = 0

    /// - Parameter maskWidth: columns of the mask.
    public init(maskWidth: Int) {
        capacity = max((maskWidth + Self.step - 1) / Self.step, 1)
        columns = .allocate(capacity: capacity)
    }

    deinit {
        columns.deallocate()
    }

    /// - Precondition: `index` lies in `0..<count`.
    public subscript(index: Int) -> Column {
        precondition(index >= 0 && index < count, "no column \(index) among \(count)")
        return columns[index]
    }

    /// Takes the free columns of one frame's mask.
    public mutating func update(_ scene: borrowing RoadScene) {
        count = 0
        scene.withFreeSpace { found in
            for index in stride(from: 0, to: found.count, by: Self.step) where count < capacity {
                let column = found[index]
                (columns + count).initialize(
                    to: Column(x: column.x, nearY: column.nearY, farY: column.farY, distance: -1))
                count += 1
            }
        }
    }

    /// Ends the free columns at an object that stands on the road.
    ///
    /// - Parameter box: pixels of the captured frame.
    public mutating func block(_ box: BoundingBox) {
        for index in 0..<count where columns[index].x >= box.x1 && columns[index].x <= box.x2 {
            guard columns[index].farY < box.y2 else { continue }
            columns[index].farY = min(box.y2, columns[index].nearY)
        }
    }

    /// Brings the ends to the ground.
    public mutating func measure(on plane: GroundPlane) {
        for index in 0..<count {
            let column = columns[index]
            guard column.farY < column.nearY else {
                columns[index].distance = 0
                continue
            }
            let point = LaneEstimator.ground(.init(x: column.x, y: column.farY), plane)
            let distance = point.map { ($0.forward * $0.forward + $0.left * $0.left).squareRoot() }
            columns[index].distance = min(distance.map { Float($0) } ?? Self.farthest, Self.farthest)
        }
    }
}
