import Perception

/// The runs of a road mask inside the picture, row by row: class and length, ready for the message.
///
/// Memory is taken once; a mask with more runs than fit (noise, not a road) is cut there and marked as incomplete.
struct MaskRuns: ~Copyable {
    /// Classes in the message: what ``RoadScene``'s bits mean, lane markings before drivable area.
    static let classNames = ["other", "drivable", "lane"]

    private let runs: UnsafeMutableBufferPointer<(classID: UInt32, length: UInt32)>
    private(set) var count = 0
    private(set) var isComplete = true

    init(capacity: Int) {
        runs = .allocate(capacity: capacity)
        runs.initialize(repeating: (0, 0))
    }

    deinit {
        runs.deallocate()
    }

    subscript(index: Int) -> (classID: UInt32, length: UInt32) { runs[index] }

    /// Reads the runs of a scene's mask. Linear in the picture's pixels.
    mutating func read(_ scene: borrowing RoadScene) {
        count = 0
        isComplete = true
        let content = scene.content
        let width = scene.width
        scene.withMask { mask in
            for row in content.y..<(content.y + content.height) {
                let line = UnsafeBufferPointer(
                    rebasing: mask[(row * width + content.x)..<(row * width + content.x + content.width)])
                guard read(line) else {
                    isComplete = false
                    return
                }
            }
        }
    }

    /// Adds one row; runs go on across rows. False when the memory is used up.
    private mutating func read(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        var column = 0
        while column < line.count {
            let bits = line[column]
            var end = column + 1
            while end < line.count, line[end] == bits { end += 1 }
            let classID = Self.classID(bits)
            let length = UInt32(truncatingIfNeeded: end - column)
            if count > 0, runs[count - 1].classID == classID {
                runs[count - 1].length += length
            } else {
                guard count < runs.count else { return false }
                runs[count] = (classID, length)
                count += 1
            }
            column = end
        }
        return true
    }

    private static func classID(_ bits: UInt8) -> UInt32 {
        if bits & RoadScene.laneBit != 0 { return 2 }
        return bits & RoadScene.drivableBit != 0 ? 1 : 0
    }
}
