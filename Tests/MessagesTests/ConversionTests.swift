import Messages
import SwiftProtobuf
import Testing

@Suite("conversions")
struct ConversionTests {
    private static let envelope = MessageEnvelope(
        publisher: "sightline", topic: "detections", sequence: 9, droppedBefore: 2, isRetained: false,
        publishTime: 1_000_000_000, receiveTime: 1_000_250_000)

    private static let detections = DecodedMessage.detections(
        .with {
            $0.header = .with {
                $0.frameID = 5
                $0.captureTimeNs = 980_000_000
                $0.publishTimeNs = 1_000_000_000
                $0.camera = "front"
                $0.ageNs = 20_000_000
            }
            $0.network = "yolo11n"
            $0.detections = [
                .with {
                    $0.label = "car \"x\""
                    $0.classID = 2
                    $0.score = 0.75
                    $0.box = .with {
                        $0.x1 = 10.5
                        $0.y1 = 20
                        $0.x2 = 30
                        $0.y2 = 40
                    }
                    $0.distanceM = 12.5
                    $0.distanceSdM = .infinity
                }
            ]
        })

    @Test("detections as JSON have the keys that scripts rely on")
    func detectionsJSON() {
        let text = Self.detections.json(Self.envelope).text
        let expected = #"""
            {"topic": "detections", "publisher": "sightline", "sequence": 9, "dropped_before": 2, "retained": false, \#
            "frame_id": 5, "camera": "front", "capture_time_ns": 980000000, "publish_time_ns": 1000000000, \#
            "age_ms": 20.25, "network": "yolo11n", "inference_ms": 0.0, "plan": "full", "frame_size": [0, 0], \#
            "detections": [{"label": "car \"x\"", "class_id": 2, "score": 0.75, "box": [10.5, 20.0, 30.0, 40.0], \#
            "track_id": null, "distance_m": 12.5, "distance_sd_m": null}]}
            """#
        #expect(text == expected)
    }

    @Test("a road as JSON has its keys under road")
    func roadJSON() {
        let road = DecodedMessage.road(
            .with {
                $0.drivableShare = 0.25
                $0.lanes = [.with { $0.side = .egoLeft }]
            })
        let json = road.json(Self.envelope)
        #expect(json["road"]?["drivable_share"] == .float(0.25))
        #expect(json["road"]?["free_space"] == .null)
        guard case .array(let lanes) = json["road"]?["lanes"] else {
            Issue.record("no lanes")
            return
        }
        #expect(lanes.first?["side"] == .string("ego_left"))
    }

    @Test("a selection keeps the named keys, also inside lists")
    func selection() throws {
        let json = Self.detections.json(Self.envelope)
        let selection = try FieldSelection(["frame_id", "detections.label", "detections.score"])
        let expected = #"{"frame_id": 5, "detections": [{"label": "car \"x\"", "score": 0.75}]}"#
        #expect(selection.apply(to: json).text == expected)
        #expect(try FieldSelection([]).apply(to: json) == json)
        #expect(throws: MessageError.invalidSelection("a..b")) { try FieldSelection(["a..b"]) }
    }

    @Test("control characters are escaped")
    func escapes() {
        #expect(JSONValue.string("a\u{1}\n\\ü").text == #""a\u0001\n\\ü""#)
    }

    @Test("the readable form names losses, age and objects")
    func text() {
        let text = Self.detections.text(Self.envelope)
        #expect(text.contains("detections #9 (2 lost before)"))
        #expect(text.contains("age 20.3 ms") || text.contains("age 20.2 ms"))
        #expect(text.contains(#"car "x" 0.75"#))
    }

    @Test(
        "fixed decimals",
        arguments: [(1.25, 1, "1.3"), (-0.04, 1, "0.0"), (-12.345, 2, "-12.35"), (0.005, 2, "0.01"), (7, 0, "7")])
    func decimals(value: Double, digits: Int, text: String) {
        #expect(fixedDecimal(value, digits: digits) == text)
    }

    @Test("every kind decodes its own bytes and refuses others with one clear error", arguments: MessageKind.allCases)
    func kinds(kind: MessageKind) throws {
        let header = Sightline_Log.with { $0.header.frameID = 4 }
        // Field 1 is the header in every schema, so these bytes are a message of each.
        let message = try DecodedMessage(kind, serializedBytes: try header.serializedBytes())
        #expect(message.kind == kind && message.header.frameID == 4)
        #expect(MessageKind(typeName: kind.typeName) == kind)
        #expect(throws: MessageError.self) { try DecodedMessage(kind, serializedBytes: [0x0A, 0xFF]) }
    }

    @Test("an old reader skips the fields of a newer message")
    func newerMessages() throws {
        // A detection that a later version extended by fields 90 (text) and 91 (number).
        var bytes: [UInt8] = try Sightline_Detection.with { $0.label = "car" }.serializedBytes()
        bytes += [0xD2, 0x05, 3, 0x61, 0x62, 0x63, 0xD8, 0x05, 42]
        let old = try Sightline_Detection(serializedBytes: bytes)
        #expect(old.label == "car")
        #expect(try old.serializedBytes() == bytes)
    }

    @Test("the descriptor set describes every schema, imports before those that need them")
    func descriptorSet() throws {
        let set = try Google_Protobuf_FileDescriptorSet(serializedBytes: MessageSchemas.fileDescriptorSet)
        let names = Set(set.file.flatMap { file in file.messageType.map { "\(file.package).\($0.name)" } })
        for kind in MessageKind.allCases { #expect(names.contains(kind.typeName)) }
        var seen: Set<String> = []
        for file in set.file {
            #expect(file.dependency.allSatisfy(seen.contains))
            seen.insert(file.name)
        }
    }
}
