/// The road in one frame: mask, lane lines and free space, in storage that is allocated once.
public struct RoadScene: ~Copyable {
    /// Bits of a mask's pixel.
    public static let drivableBit: UInt8 = 1
    public static let laneBit: UInt8 = 2

    /// A point in pixels of the captured frame.
    public struct Point: Sendable, Hashable, BitwiseCopyable {
        public var x: Float
        public var y: Float

        public init(x: Float, y: Float) {
            self.x = x
            self.y = y
        }
    }

    /// A lane line: `points` from the nearest (lowest) to the farthest.
    public struct Lane: Sendable, Hashable, BitwiseCopyable {
        /// The place of its points among those of all lanes.
        public var firstPoint: Int
        public var pointCount: Int

        /// Mask pixels that it was read from.
        public var pixelCount: Int
    }

    /// Free space above one column of the mask.
    public struct FreeColumn: Sendable, Hashable, BitwiseCopyable {
        /// The column's centre in pixels of the captured frame.
        public var x: Float

        /// The lower end of the free space, in pixels of the captured frame.
        public var nearY: Float

        /// The upper end: the first pixel, seen from below, that is not drivable. Equals ``nearY`` where nothing is free.
        public var farY: Float
    }

    public let width: Int
    public let height: Int

    /// The drivable share of the picture's pixels, 0 to 1; padding does not count.
    public internal(set) var drivableShare: Float = 0

    /// The part of the mask that shows the picture.
    public internal(set) var content: PixelRectangle

    var mask: UnsafeMutableBufferPointer<UInt8>
    var points: UnsafeMutableBufferPointer<Point>
    var lanes: UnsafeMutableBufferPointer<Lane>
    var columns: UnsafeMutableBufferPointer<FreeColumn>
    public internal(set) var pointCount = 0
    public internal(set) var laneCount = 0
    public internal(set) var columnCount = 0

    /// Room for what a decoder of this head finds.
    public init(_ head: RoadHead, options: RoadOptions = .init()) {
        self.init(width: head.width, height: head.height, options: options)
    }

    init(width: Int, height: Int, options: RoadOptions) {
        self.width = width
        self.height = height
        content = PixelRectangle(x: 0, y: 0, width: width, height: height)
        mask = .allocate(capacity: width * height)
        mask.initialize(repeating: 0)
        let pointsOfLane = height / max(options.pointSpacing, 1) + 2
        points = .allocate(capacity: pointsOfLane * options.maximumLanes)
        lanes = .allocate(capacity: options.maximumLanes)
        columns = .allocate(capacity: width)
    }

    deinit {
        mask.deallocate()
        points.deallocate()
        lanes.deallocate()
        columns.deallocate()
    }

    /// Calls `body` with the mask, row by row from the top left, ``drivableBit`` and ``laneBit`` set where they hold.
    public func withMask<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeBufferPointer(mask))
    }

    /// Calls `body` with the lane lines, longest first, and with the points of all of them.
    public func withLanes<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Lane>, UnsafeBufferPointer<Point>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(
            UnsafeBufferPointer(rebasing: lanes[..<laneCount]), UnsafeBufferPointer(rebasing: points[..<pointCount]))
    }

    /// Calls `body` with the free space of each column of the picture, from the left.
    public func withFreeSpace<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<FreeColumn>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeBufferPointer(rebasing: columns[..<columnCount]))
    }

    /// The lane lines as arrays of their own. Allocates: not for the frame path.
    public var lanePolylines: [[Point]] {
        withLanes { lanes, points in
            lanes.map { Array(points[$0.firstPoint..<$0.firstPoint + $0.pointCount]) }
        }
    }
}
