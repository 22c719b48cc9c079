import Messages
import SwiftProtobuf
import TestSupport
import Testing

/// What the encoders wrote into a buffer of `capacity` bytes.
func encoded(capacity: Int = 1 << 16, _ body: (inout ProtobufWriter) -> Void) -> (bytes: [UInt8], overflowed: Bool) {
    var overflowed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
        var writer = ProtobufWriter(UnsafeMutableRawBufferPointer(buffer))
        body(&writer)
        overflowed = writer.overflowed
        count = overflowed ? 0 : writer.count
    }
    return (bytes, overflowed)
}

@Suite("frame-path encoders")
struct EncoderTests {
    private static let header = MessageHeader(
        frameID: 300, captureTime: 1_234_567_890_123, publishTime: 1_234_600_000_000, camera: "front", sequence: 7,
        age: 32_109_877)

    private static var reference: Sightline_Header {
        .with {
            $0.frameID = 300
            $0.captureTimeNs = 1_234_567_890_123
            $0.publishTimeNs = 1_234_600_000_000
            $0.camera = "front"
            $0.sequence = 7
            $0.ageNs = 32_109_877
        }
    }

    @Test("detections are the bytes that swift-protobuf writes", arguments: 0..<40)
    func detections(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let objects = (0..<Int.random(in: 0...60, using: &random)).map { _ in Self.object(&random) }
        let (bytes, overflowed) = encoded { writer in
            DetectionsEncoder.begin(
                &writer, header: Self.header, network: "yolo11n", inferenceTime: 9_000_000, plan: .cheaperVariant,
                frameWidth: 1280, frameHeight: 720)
            for object in objects { DetectionsEncoder.append(&writer, object) }
        }
        let reference = Sightline_Detections.with {
            $0.header = Self.reference
            $0.network = "yolo11n"
            $0.inferenceTimeNs = 9_000_000
            $0.plan = .cheaperVariant
            $0.frameWidth = 1280
            $0.frameHeight = 720
            $0.detections = objects.map(Self.message)
        }
        #expect(!overflowed)
        #expect(bytes == (try reference.serializedBytes()))
        #expect(try Sightline_Detections(serializedBytes: bytes) == reference)
    }

    private static func object(_ random: inout SeededGenerator) -> DetectionsEncoder.Object {
        let labels = ["", "car", "traffic light", "Fußgänger", String(repeating: "long ", count: 40)]
        let box = FrameBox(
            x1: .random(in: -50...1300, using: &random), y1: 0, x2: .random(in: 0...1300, using: &random), y2: -0.0)
        var object = DetectionsEncoder.Object(
            label: labels.randomElement(using: &random) ?? "", classID: .random(in: 0...90, using: &random),
            score: .random(in: 0...1, using: &random), box: box)
        if Bool.random(using: &random) { object.trackID = .random(in: 0...UInt64.max, using: &random) }
        if Bool.random(using: &random) { object.distance = .random(in: 0...100, using: &random) }
        if Bool.random(using: &random) { object.distanceDeviation = 0 }
        return object
    }

    private static func message(_ object: DetectionsEncoder.Object) -> Sightline_Detection {
        .with {
            $0.label = object.label
            $0.classID = object.classID
            $0.score = object.score
            $0.box = .with {
                $0.x1 = object.box.x1
                $0.y1 = object.box.y1
                $0.x2 = object.box.x2
                $0.y2 = object.box.y2
            }
            if let trackID = object.trackID { $0.trackID = trackID }
            if let distance = object.distance { $0.distanceM = distance }
            if let deviation = object.distanceDeviation { $0.distanceSdM = deviation }
        }
    }

    @Test("a road with mask, lanes, free space and outline is the bytes that swift-protobuf writes", arguments: 0..<10)
    func road(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let runs = (0..<Int.random(in: 0...3000, using: &random)).map { _ in
            (classID: UInt32.random(in: 0...3, using: &random), length: UInt32.random(in: 1...300_000, using: &random))
        }
        let points = (0..<Int.random(in: 0...50, using: &random)).map { _ in
            (x: Float.random(in: 0...1280, using: &random), y: Float.random(in: 0...720, using: &random))
        }
        let coefficients: [Float] = [1.5, -0.02, 0.001]
        var summary = RoadEncoder.Summary(header: Self.header, network: "road", frameWidth: 1280, frameHeight: 720)
        summary.drivableShare = 0.37
        summary.plan = .carried
        summary.maskAge = 66_000_000
        summary.lateralOffset = -0.25
        let (bytes, overflowed) = encoded { writer in
            RoadEncoder.begin(&writer, summary)
            RoadEncoder.mask(
                &writer, width: 640, height: 360, region: FrameBox(x1: 0, y1: 0, x2: 1280, y2: 720),
                classNames: ["other", "drivable", "lane"], runCount: runs.count, run: { runs[$0] })
            RoadEncoder.lane(
                &writer, side: .egoLeft, confidence: 0.9, pointCount: points.count, point: { points[$0] },
                coefficientCount: 3, coefficient: { coefficients[$0] }, forwardFrom: 4, forwardTo: 40)
            RoadEncoder.freeSpace(
                &writer, firstColumn: 4, columnStep: 8, columnCount: points.count, boundary: { points[$0].y },
                distanceCount: points.count, distance: { points[$0].x })
            RoadEncoder.outline(&writer, pointCount: points.count, point: { points[$0] })
        }
        let reference = Self.roadMessage(runs: runs, points: points, coefficients: coefficients)
        #expect(!overflowed)
        #expect(try Sightline_Road(serializedBytes: bytes) == reference)
        #expect(bytes == (try reference.serializedBytes()))
    }

    private static func roadMessage(
        runs: [(classID: UInt32, length: UInt32)], points: [(x: Float, y: Float)], coefficients: [Float]
    ) -> Sightline_Road {
        let messages = points.map { point in
            Sightline_Point.with {
                $0.x = point.x
                $0.y = point.y
            }
        }
        return .with {
            $0.header = reference
            $0.network = "road"
            $0.plan = .carried
            $0.maskAgeNs = 66_000_000
            $0.drivableShare = 0.37
            $0.frameWidth = 1280
            $0.frameHeight = 720
            $0.lateralOffsetM = -0.25
            $0.mask = .with {
                $0.width = 640
                $0.height = 360
                $0.region = .with {
                    $0.x2 = 1280
                    $0.y2 = 720
                }
                $0.classes = ["other", "drivable", "lane"].enumerated().map { index, name in
                    .with {
                        $0.id = UInt32(index)
                        $0.name = name
                    }
                }
                $0.runs = runs.flatMap { [$0.classID, $0.length] }
            }
            $0.lanes = [
                .with {
                    $0.side = .egoLeft
                    $0.confidence = 0.9
                    $0.points = messages
                    $0.coefficients = coefficients
                    $0.forwardFromM = 4
                    $0.forwardToM = 40
                }
            ]
            $0.freeSpace = .with {
                $0.firstColumnPx = 4
                $0.columnStepPx = 8
                $0.boundaryYPx = points.map(\.y)
                $0.distanceM = points.map(\.x)
            }
            $0.drivableOutline = messages
        }
    }

    @Test("tracks are the bytes that swift-protobuf writes")
    func tracks() throws {
        var track = TracksEncoder.Track(trackID: 12, box: FrameBox(x1: 1, y1: 2, x2: 3, y2: 4))
        track.label = "car"
        track.state = .coasting
        track.age = 5_000_000_000
        track.unseen = 33_000_000
        track.detectionCount = 150
        track.velocityX = -3.5
        track.forecastBox = FrameBox(x1: 1, y1: 2, x2: 3, y2: 5)
        track.distance = .init(23.4, deviation: 1.2)
        track.left = .init(0, deviation: 0.1)
        track.velocityForward = .init(-8, deviation: 0.5)
        let (bytes, _) = encoded { writer in
            TracksEncoder.begin(&writer, header: Self.header, frameWidth: 1280, frameHeight: 720)
            TracksEncoder.append(&writer, track)
        }
        let message = try Sightline_Tracks(serializedBytes: bytes)
        #expect(try message.serializedBytes() == bytes)
        #expect(message.header == Self.reference)
        let read = try #require(message.tracks.first)
        #expect(read.trackID == 12 && read.label == "car" && read.state == .coasting && read.detectionCount == 150)
        #expect(read.forecastBox.y2 == 5 && read.distanceM == 23.4 && read.distanceSdM == 1.2)
        #expect(read.hasLeftM && read.leftM == 0 && !read.hasForwardM && read.velocityForwardMS == -8)
    }

    @Test("pairs are the bytes that swift-protobuf writes")
    func pairs() throws {
        let bytes = encoded { writer in
            PairsEncoder.begin(&writer, header: Self.header, bound: 25_000_000)
            PairsEncoder.partner(&writer, camera: "rear", frameID: 7, captureTime: 1_000_000, skew: -3_000_000)
        }.bytes
        let message = try Sightline_Pairs(serializedBytes: bytes)
        #expect(try message.serializedBytes() == bytes)
        #expect(message.header == Self.reference && message.boundNs == 25_000_000)
        let partner = try #require(message.partners.first)
        #expect(partner.camera == "rear" && partner.frameID == 7)
        #expect(partner.captureTimeNs == 1_000_000 && partner.skewNs == -3_000_000)
    }

    @Test("timing and frame are the bytes that swift-protobuf writes")
    func timingAndFrame() throws {
        var totals = TimingEncoder.Totals(total: 21_000_000)
        totals.deadline = 33_000_000
        totals.missed = true
        totals.missCause = .host
        totals.droppedFrames = 3
        let timing = encoded { writer in
            TimingEncoder.begin(&writer, header: Self.header)
            TimingEncoder.stage(&writer, name: "preprocess", start: 100, duration: 900_000)
            TimingEncoder.network(&writer, name: "yolo11n", variant: "320", plan: .full, duration: 9, predicted: 10)
            TimingEncoder.end(&writer, totals)
        }.bytes
        let timingMessage = try Sightline_Timing(serializedBytes: timing)
        #expect(try timingMessage.serializedBytes() == timing)
        #expect(timingMessage.missed && timingMessage.missCause == .host && timingMessage.droppedFrames == 3)
        #expect(timingMessage.stages.first?.durationNs == 900_000 && timingMessage.networks.first?.variant == "320")

        let placement = FrameEncoder.Placement(slot: 3, generation: 1 << 40, offset: 8192, length: 2_764_800)
        let frame = encoded { writer in
            FrameEncoder.begin(
                &writer, header: Self.header, placement: placement, width: 1280, height: 720, pixelFormat: .nv12)
            FrameEncoder.plane(&writer, offset: 0, stride: 1280)
            FrameEncoder.plane(&writer, offset: 921_600, stride: 1280)
        }.bytes
        let frameMessage = try Sightline_Frame(serializedBytes: frame)
        #expect(try frameMessage.serializedBytes() == frame)
        #expect(frameMessage.slot == 3 && frameMessage.generation == 1 << 40 && frameMessage.planes.count == 2)
    }

    @Test("a buffer that is too small is said to be, at every size, and never written beyond")
    func overflow() throws {
        let write: (inout ProtobufWriter) -> Void = { writer in
            DetectionsEncoder.begin(
                &writer, header: Self.header, network: "yolo11n", inferenceTime: 1, plan: .full, frameWidth: 1,
                frameHeight: 1)
            let label = String(repeating: "x", count: 130)
            let box = FrameBox(x1: 1, y1: 2, x2: 3, y2: 4)
            DetectionsEncoder.append(&writer, .init(label: label, classID: 1, score: 1, box: box))
        }
        let needed = encoded(write).bytes.count
        for capacity in 0...needed {
            var memory = [UInt8](repeating: 0xA5, count: needed + 8)
            memory.withUnsafeMutableBytes { bytes in
                var writer = ProtobufWriter(UnsafeMutableRawBufferPointer(rebasing: bytes[..<capacity]))
                write(&writer)
                #expect(writer.overflowed == (capacity < needed))
            }
            #expect(memory[capacity...].allSatisfy { $0 == 0xA5 })
        }
    }
}
