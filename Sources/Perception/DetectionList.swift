/// Detections of one frame in storage that is allocated once and used again for every frame.
public struct DetectionList: ~Copyable {
    public let capacity: Int
    public private(set) var count = 0
    private let storage: UnsafeMutablePointer<Detection>

    /// - Precondition: `capacity` is not negative.
    public init(capacity: Int) {
        precondition(capacity >= 0, "a list cannot hold \(capacity) detections")
        self.capacity = capacity
        storage = .allocate(capacity: max(capacity, 1))
    }

    deinit {
        storage.deallocate()
    }

    public var isEmpty: Bool { count == 0 }

    public var isFull: Bool { count == capacity }

    public mutating func removeAll() { count = 0 }

    /// Adds a detection; says whether there was room.
    @discardableResult
    public mutating func append(_ detection: Detection) -> Bool {
        guard count < capacity else { return false }
        (storage + count).initialize(to: detection)
        count += 1
        return true
    }

    /// - Precondition: `index` lies in `0..<count`.
    public subscript(index: Int) -> Detection {
        get {
            precondition(index >= 0 && index < count, "no detection \(index) in a list of \(count)")
            return storage[index]
        }
        set {
            precondition(index >= 0 && index < count, "no detection \(index) in a list of \(count)")
            storage[index] = newValue
        }
    }

    /// Calls `body` with the detections in place.
    public func withDetections<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Detection>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeBufferPointer(start: storage, count: count))
    }

    /// The detections as an array of their own. Allocates: not for the frame path.
    public var array: [Detection] { Array(UnsafeBufferPointer(start: storage, count: count)) }

    /// Moves every box from network pixels to pixels of the captured frame and cuts it at the frame's edges.
    public mutating func move(to mapping: FrameMapping) {
        for index in 0..<count {
            storage[index].box = mapping.box(storage[index].box)
        }
    }
}
