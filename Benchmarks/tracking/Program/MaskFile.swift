import Foundation
import Perception

/// Masks of a drive of 1280x720 pixels at half their size, one byte per pixel, frame after frame: 1 is road, 2 a marking.
///
///     ffmpeg -i recordings/embedded-drive.masks.mkv -vf scale=640:360:flags=neighbor -f rawvideo -pix_fmt gray masks.raw
final class MaskFile {
    private static let width = 640
    private static let height = 360

    private(set) var scene: RoadScene
    private var decoder: RoadDecoder
    private let bytes: Data
    private var position = 0
    private var drivable: [Float]
    private var lanes: [Float]

    init(_ path: String) throws {
        bytes = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
        let head = RoadHead(
            source: .pair(drivable: "drivable", lanes: "lanes"), width: Self.width, height: Self.height,
            inputWidth: Self.width, inputHeight: Self.height)
        decoder = try RoadDecoder(head)
        scene = RoadScene(head)
        drivable = [Float](repeating: 0, count: 2 * Self.width * Self.height)
        lanes = drivable
    }

    /// Reads the next frame's mask into ``scene``; false at the end.
    func next() throws -> Bool {
        let count = Self.width * Self.height
        guard position + count <= bytes.count else { return false }
        for index in 0..<count {
            let label = bytes[position + index]
            drivable[count + index] = label == 1 || label == 2 ? 1 : 0
            drivable[index] = 1 - drivable[count + index]
            lanes[count + index] = label == 2 ? 1 : 0
            lanes[index] = 1 - lanes[count + index]
        }
        position += count
        let content = PixelRectangle(x: 0, y: 0, width: Self.width, height: Self.height)
        let mapping = FrameMapping(
            letterboxScale: 0.5, left: 0, top: 0, frameWidth: 2 * Self.width, frameHeight: 2 * Self.height)
        try drivable.withUnsafeBufferPointer { first in
            try lanes.withUnsafeBufferPointer { second in
                try decoder.decode(NetworkOutputs(first, second), content: content, mapping: mapping, into: &scene)
            }
        }
        return true
    }
}
