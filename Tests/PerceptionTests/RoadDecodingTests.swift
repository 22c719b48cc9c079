import Perception
import Testing

@Suite("Decoding of drivable area and lanes")
struct RoadDecodingTests {
    /// A two-channel map whose foreground wins where the predicate holds.
    private func map(width: Int, height: Int, seed: UInt64, _ isForeground: (Int, Int) -> Bool) -> [Float] {
        var random = RandomNumbers(seed: seed)
        var map = [Float](repeating: 0, count: 2 * width * height)
        for row in 0..<height {
            for column in 0..<width {
                let low = random.float(-5...5)
                let high = low + random.float(0.01...3)
                let isHigh = isForeground(column, row)
                map[row * width + column] = isHigh ? low : high
                map[(height + row) * width + column] = isHigh ? high : low
            }
        }
        return map
    }

    private func decode(
        _ head: RoadHead, _ outputs: [[Float]], content: PixelRectangle, mapping: FrameMapping,
        _ check: (borrowing RoadScene) -> Void
    ) throws {
        var decoder = try RoadDecoder(head)
        var scene = RoadScene(head)
        try withOutputs(outputs) { outputs throws(PerceptionError) in
            try decoder.decode(outputs, content: content, mapping: mapping, into: &scene)
        }
        check(scene)
    }

    private func pairHead(width: Int, height: Int) -> RoadHead {
        RoadHead(
            source: .pair(drivable: "da", lanes: "ll"), width: width, height: height, inputWidth: width,
            inputHeight: height)
    }

    @Test("the mask is where the foreground channel wins, ties are background")
    func mask() throws {
        let width = 53
        let height = 21
        var drivable = map(width: width, height: height, seed: 1) { column, row in (column * 7 + row * 3) % 5 < 2 }
        let lanes = map(width: width, height: height, seed: 2) { column, row in (column + row) % 4 == 0 }
        // A tie at (2, 0), which would be foreground otherwise.
        drivable[width * height + 5] = drivable[5]
        try decode(
            pairHead(width: width, height: height), [drivable, lanes],
            content: PixelRectangle(x: 0, y: 0, width: width, height: height),
            mapping: FrameMapping(identityWidth: width, height: height)
        ) { scene in
            scene.withMask { mask in
                for row in 0..<height {
                    for column in 0..<width {
                        let isDrivable = (column * 7 + row * 3) % 5 < 2 && !(row == 0 && column == 5)
                        let expected: UInt8 = (isDrivable ? 1 : 0) | ((column + row) % 4 == 0 ? 2 : 0)
                        #expect(mask[row * width + column] == expected, "column \(column), row \(row)")
                    }
                }
            }
        }
    }

    @Test("the drivable share counts the picture only, not the padding")
    func share() throws {
        // Drivable everywhere, padding too; the picture is the middle half, its upper half not drivable.
        let drivable = map(width: 64, height: 40, seed: 3) { _, row in row >= 20 || row < 10 }
        let lanes = map(width: 64, height: 40, seed: 4) { _, _ in false }
        try decode(
            pairHead(width: 64, height: 40), [drivable, lanes],
            content: PixelRectangle(x: 0, y: 10, width: 64, height: 20),
            mapping: FrameMapping(letterboxScale: 0.5, left: 0, top: 10, frameWidth: 128, frameHeight: 40)
        ) { scene in
            #expect(scene.drivableShare == 0.5)
            #expect(scene.columnCount == 64)
            scene.withFreeSpace { columns in
                for (index, column) in columns.enumerated() {
                    #expect(column.x == Float(index) * 2 + 1)
                    #expect(column.nearY == 40)
                    #expect(column.farY == 20)
                }
            }
        }
    }

    @Test("free space ends at an obstacle, begins above the bonnet, and is nothing where none is near")
    func freeSpace() throws {
        let height = 100
        let drivable = map(width: 30, height: height, seed: 5) { column, row in
            switch column {
            case 0..<10: row >= 30 && row < 90  // bonnet below
            case 10..<20: row >= 60 || row < 50  // obstacle from 50 to 60
            default: row < 70  // nothing near
            }
        }
        let lanes = map(width: 30, height: height, seed: 6) { _, _ in false }
        try decode(
            pairHead(width: 30, height: height), [drivable, lanes],
            content: PixelRectangle(x: 0, y: 0, width: 30, height: height),
            mapping: FrameMapping(identityWidth: 30, height: height)
        ) { scene in
            scene.withFreeSpace { columns in
                #expect(columns[..<10].allSatisfy { $0.nearY == 90 && $0.farY == 30 })
                #expect(columns[10..<20].allSatisfy { $0.nearY == 100 && $0.farY == 60 })
                #expect(columns[20...].allSatisfy { $0.nearY == 100 && $0.farY == 100 })
            }
        }
    }

    @Test("two lane lines that meet at the horizon are followed each on its own, specks are not lanes")
    func lanes() throws {
        let width = 320
        let height = 180
        // Lines from (20, 180) and (300, 180) to (160, 60), five pixels wide; a speck; a stop line 200 wide.
        func isMarking(_ column: Int, _ row: Int) -> Bool {
            if row > 62, row < 178 {
                let share = Float(180 - row) / 120
                if abs(Float(column) - (20 + 140 * share)) <= 2.5 { return true }
                if abs(Float(column) - (300 - 140 * share)) <= 2.5 { return true }
            }
            if row == 40, column > 10, column < 14 { return true }
            return row == 178 && column > 60 && column < 260
        }
        let drivable = map(width: width, height: height, seed: 7) { _, _ in true }
        let lanes = map(width: width, height: height, seed: 8, isMarking)
        try decode(
            pairHead(width: width, height: height), [drivable, lanes],
            content: PixelRectangle(x: 0, y: 0, width: width, height: height),
            mapping: FrameMapping(
                scaleX: 4, scaleY: 4, offsetX: 0, offsetY: -100, frameWidth: 1280, frameHeight: 620)
        ) { scene in
            #expect(scene.laneCount == 2)
            for line in scene.lanePolylines {
                #expect(line.count > 10)
                #expect(zip(line, line.dropFirst()).allSatisfy { $0.y > $1.y })
                for point in line where point.y > 4 * 80 - 100 {
                    let share = (180 - (point.y + 100) / 4) / 120
                    let left = abs(point.x / 4 - (20 + 140 * share))
                    let right = abs(point.x / 4 - (300 - 140 * share))
                    #expect(min(left, right) < 1.5, "\(point)")
                }
            }
            let starts = scene.lanePolylines.map { $0[0].x }.sorted()
            #expect(starts[0] < 300 && starts[1] > 980)
        }
    }

    @Test("class scores give drivable area and lanes by the classes' names")
    func classScores() throws {
        let names = ClassNames(["sky", "Road", "lane marking", "sidewalk"])
        let segmentation = SegmentationHead(
            source: .scores, output: "logits", classCount: 4, width: 20, height: 12, inputWidth: 80, inputHeight: 48)
        let head = try #require(RoadHead(segmentation, names: names))
        #expect(head.source == .classes(segmentation, drivable: [1], lanes: [2]))
        var scores = [Float](repeating: 0, count: 4 * 240)
        for pixel in 0..<240 { scores[(pixel % 20) / 5 * 240 + pixel] = 1 }
        try decode(
            head, [scores], content: PixelRectangle(x: 0, y: 0, width: 80, height: 48),
            mapping: FrameMapping(identityWidth: 80, height: 48)
        ) { scene in
            #expect(scene.drivableShare == 0.5)
            scene.withMask { mask in
                for pixel in 0..<240 { #expect(mask[pixel] == [0, 1, 3, 0][(pixel % 20) / 5]) }
            }
            scene.withFreeSpace { columns in #expect(columns[7].x == 30 && columns[7].farY == 0) }
        }
    }

    @Test("without a road among the names there is no road head")
    func noRoad() {
        let segmentation = SegmentationHead(
            source: .scores, output: "x", classCount: 2, width: 2, height: 2, inputWidth: 2, inputHeight: 2)
        #expect(RoadHead(segmentation, names: ClassNames(["railroad", "sidewalk"])) == nil)
    }

    @Test("maps of the wrong size are refused by name")
    func wrongSize() {
        let good = [Float](repeating: 0, count: 2 * 8 * 4)
        let whole = PixelRectangle(x: 0, y: 0, width: 8, height: 4)
        #expect(throws: PerceptionError.outputMismatch(name: "ll", expected: 64, actual: 32)) {
            try decode(
                pairHead(width: 8, height: 4), [good, Array(good[..<32])], content: whole,
                mapping: FrameMapping(identityWidth: 8, height: 4)
            ) { _ in }
        }
    }
}
