/// One mask for each detection of a frame, in storage that is allocated once.
///
/// A mask covers its detection's box at the resolution of the network's prototypes, usually a quarter of its input. Bits
/// are packed row by row, each row in whole bytes, the leftmost pixel in a byte's highest bit.
public struct InstanceMaskList: ~Copyable {
    /// Where one mask lies.
    public struct Mask: Sendable, Hashable, BitwiseCopyable {
        /// The covered cells of the prototypes.
        public var x: Int
        public var y: Int
        public var width: Int
        public var height: Int

        /// The place of the first row among the bytes of all masks.
        public var firstByte: Int

        public var bytesPerRow: Int { (width + 7) / 8 }
    }

    public let capacity: Int

    /// Network pixels for each cell.
    public let cellWidth: Float
    public let cellHeight: Float
    public internal(set) var count = 0
    var byteCount = 0
    let masks: UnsafeMutablePointer<Mask>
    let bytes: UnsafeMutablePointer<UInt8>

    /// Room for the masks of so many detections.
    ///
    /// - Precondition: the head is valid, which a ``DetectionDecoder`` has checked.
    public init(_ head: DetectionHead, capacity: Int) {
        precondition(capacity >= 0)
        self.capacity = capacity
        let (width, height) = (head.prototypes?.width ?? 1, head.prototypes?.height ?? 1)
        cellWidth = Float(head.inputWidth) / Float(width)
        cellHeight = Float(head.inputHeight) / Float(height)
        masks = .allocate(capacity: max(capacity, 1))
        bytes = .allocate(capacity: max(capacity * ((width + 7) / 8) * height, 1))
    }

    deinit {
        masks.deallocate()
        bytes.deallocate()
    }

    /// - Precondition: `index` lies in `0..<count`.
    public subscript(index: Int) -> Mask {
        precondition(index >= 0 && index < count, "no mask \(index) of \(count)")
        return masks[index]
    }

    /// Whether a mask covers a cell of the prototypes.
    public func contains(_ index: Int, x: Int, y: Int) -> Bool {
        let mask = self[index]
        let column = x - mask.x
        let row = y - mask.y
        guard column >= 0, column < mask.width, row >= 0, row < mask.height else { return false }
        return bytes[mask.firstByte + row * mask.bytesPerRow + column >> 3] & (0x80 >> UInt8(column & 7)) != 0
    }

    /// Calls `body` with a mask's rows.
    public func withBytes<Result, Failure: Error>(
        of index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let mask = self[index]
        return try body(
            UnsafeBufferPointer(start: bytes + mask.firstByte, count: mask.bytesPerRow * mask.height))
    }
}
