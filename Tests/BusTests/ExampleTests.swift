import Glibc
import Messages
import SightlineBus
import Testing

/// The Python to test with: $SIGHTLINE_PYTHON, else python3.
private let interpreter = getenv("SIGHTLINE_PYTHON").map { String(cString: $0) } ?? "python3"

private func runs(_ program: String, _ arguments: [String]) -> Bool {
    guard let process = HelperProcess(program: program, arguments) else { return false }
    return process.line() != nil
}

private let hasProtobuf = runs(interpreter, ["-c", "import google.protobuf; print()"])

private let protobufAbsence = "needs a Python with the package protobuf; SIGHTLINE_PYTHON names another interpreter"

/// The subscribers in Examples/, against the real publisher.
@Suite("examples", .serialized)
struct ExampleTests {
    private let bus = BusFixture()

    /// The package's folder, from this file's place in it.
    private static func path(_ name: String, file: String = #filePath) -> String {
        file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/Examples/"
            + name
    }

    private func publishDetections(_ topic: BusTopic, _ number: UInt64) throws {
        try topic.publish { writer in
            let header = MessageHeader(
                frameID: number, captureTime: -5, publishTime: 3, camera: "front", sequence: topic.nextSequence)
            DetectionsEncoder.begin(
                &writer, header: header, network: "yolo11n", inferenceTime: 4, plan: .cheaperVariant, frameWidth: 1280,
                frameHeight: 720)
            DetectionsEncoder.append(
                &writer,
                .init(label: "car", classID: 2, score: 0.75, box: FrameBox(x1: 1.5, y1: 2, x2: 3, y2: 4), distance: 9))
            DetectionsEncoder.append(
                &writer, .init(label: "Straße", classID: 300, score: 0.5, box: FrameBox(x1: 0, y1: 0, x2: 0, y2: 0)))
            // Fields of a newer version, which every subscriber skips.
            writer.presentUnsigned(1000, .max)
            writer.presentFloat(1001, 1.5)
            writer.presentString(1002, "of the future")
            writer.message(1003) { $0.presentUnsigned(1, 7) }
        }
    }

    @Test(
        "the C subscriber prints what is published and connects again after a restart",
        .enabled(if: runs("cc", ["--version"])))
    func c() throws {
        let program = bus.directory + "/subscriber"
        let compiler = try #require(
            HelperProcess(
                program: "cc",
                ["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-o", program, Self.path("c/subscriber.c")]))
        #expect(compiler.line() == nil)
        let subscriber = try #require(
            HelperProcess(program: program, ["test", "6"], environment: ["SIGHTLINE_RUNTIME_DIR=\(bus.directory)"]))
        for _ in 0..<2 {
            let publisher = try bus.publisher()
            let topic = try publisher.topic(.detections)
            #expect(eventually { topic.hasSubscribers })
            for number in 1...3 {
                try publishDetections(topic, UInt64(number))
                #expect(subscriber.line() == "detections #\(number) lost 0")
                #expect(subscriber.line() == "    car 0.75 [1.5 2.0 3.0 4.0]")
                #expect(subscriber.line() == "    Straße 0.50 [0.0 0.0 0.0 0.0]")
            }
            publisher.close()
        }
        #expect(subscriber.line() == nil)
    }

    @Test("the Python subscriber decodes with the publisher's schemas", .enabled(if: hasProtobuf, "\(protobufAbsence)"))
    func python() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic(.detections, options: TopicOptions(isRetained: true))
        try publishDetections(topic, 1)
        let subscriber = try #require(
            HelperProcess(
                program: interpreter, [Self.path("python/sightline_bus.py"), "detections", "--count", "2"],
                environment: ["SIGHTLINE_RUNTIME_DIR=\(bus.directory)"]))
        let first = try #require(subscriber.line())
        for part in [
            #""sequence": 1, "dropped_before": 0, "retained": true"#, #""capture_time_ns": -5"#, #""camera": "front""#,
            #""plan": "PLAN_CHEAPER_VARIANT""#, #""label": "car", "class_id": 2, "score": 0.75"#, #""distance_m": 9.0"#,
            #""track_id": null"#, #""class_id": 300"#, #""x1": 1.5"#,
        ] {
            #expect(first.contains(part), "\(part) is missing in \(first)")
        }
        try publishDetections(topic, 2)
        #expect(subscriber.line()?.contains(#""sequence": 2, "dropped_before": 0, "retained": false"#) == true)
        #expect(subscriber.line() == nil)
    }

    @Test(
        "Python reads frames in place, gives them back, and sees the publisher's restart",
        .enabled(if: hasProtobuf, "\(protobufAbsence)"))
    func pythonFrames() throws {
        let script = """
            import sys
            sys.path.insert(0, "\(Self.path("python"))")
            sys.dont_write_bytecode = True
            import sightline_bus
            subscriber = sightline_bus.Subscriber(["frame"], on_event=lambda text: print(text, flush=True))
            for number in range(8):
                message = subscriber.next(20)
                frame = message.frame()
                print(len(frame), frame[0], frame[-1], message.is_valid(), message.dropped_before, flush=True)
                message.release()
            """
        let subscriber = try #require(
            HelperProcess(
                program: interpreter, ["-c", script], environment: ["SIGHTLINE_RUNTIME_DIR=\(bus.directory)"]))
        for round in 1...2 {
            let publisher = try bus.publisher()
            let frames = try publisher.frames(options: FrameOptions(frameByteLimit: 5000, slotCount: 2))
            #expect(subscriber.line() == "test: connected")
            #expect(eventually { frames.hasSubscribers })
            for number in 1...4 {
                let header = MessageHeader(frameID: 1, captureTime: 0, publishTime: 0, camera: "", sequence: 1)
                if let slot = frames.acquire() {
                    slot.bytes.initializeMemory(as: UInt8.self, repeating: UInt8(number))
                    try frames.publish(
                        slot, length: 5000, header: header, width: 50, height: 100, pixelFormat: .gray8, planes: [])
                }
                #expect(subscriber.line() == "5000 \(number) \(number) True 0")
                #expect(eventually { frames.slotsHeld == 0 })
            }
            publisher.close()
            if round == 1 { #expect(subscriber.line()?.hasPrefix("test: disconnected") == true) }
        }
    }

    @Test(
        "Python gets messages as objects of the package protobuf", .enabled(if: hasProtobuf, "\(protobufAbsence)"))
    func pythonProtobuf() throws {
        let script = """
            import sys
            sys.path.insert(0, "\(Self.path("python"))")
            sys.dont_write_bytecode = True
            import sightline_bus
            message = sightline_bus.Subscriber(["detections"]).next(20)
            objects = message.protobuf()
            print(objects.header.camera, objects.detections[1].label, objects.detections[0].HasField("track_id"), objects.plan)
            """
        let publisher = try bus.publisher()
        let topic = try publisher.topic(.detections, options: TopicOptions(isRetained: true))
        try publishDetections(topic, 1)
        let subscriber = try #require(
            HelperProcess(
                program: interpreter, ["-c", script], environment: ["SIGHTLINE_RUNTIME_DIR=\(bus.directory)"]))
        #expect(subscriber.line() == "front Straße False 1")
    }

    @Test(
        "without the package protobuf, Python receives the bytes and says what decoding needs",
        .enabled(if: runs(interpreter, ["--version"])))
    func pythonWithoutProtobuf() throws {
        let script = """
            import sys
            sys.path.insert(0, "\(Self.path("python"))")
            sys.dont_write_bytecode = True
            sys.modules["google.protobuf"] = None
            import sightline_bus
            message = sightline_bus.Subscriber(["detections"]).next(60)
            try:
                message.decode()
            except ImportError as error:
                print(message.sequence, len(message.payload) > 50, error)
            """
        let publisher = try bus.publisher()
        let topic = try publisher.topic(.detections, options: TopicOptions(isRetained: true))
        try publishDetections(topic, 1)
        let subscriber = try #require(
            HelperProcess(
                program: interpreter, ["-c", script], environment: ["SIGHTLINE_RUNTIME_DIR=\(bus.directory)"]))
        #expect(
            subscriber.line() == "1 True messages are decoded with the package protobuf: pip install protobuf")
    }

    @Test("the Swift subscriber prints what is published")
    func swift() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic(.detections, options: TopicOptions(isRetained: true))
        try publishDetections(topic, 1)
        let program =
            HelperProcess.path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/subscriber"
        let subscriber = try #require(
            HelperProcess(program: program, ["test", "1"], environment: ["SIGHTLINE_RUNTIME_DIR=\(bus.directory)"]))
        #expect(subscriber.line() == "test is connected")
        #expect(subscriber.line() == "detections #1 lost 0")
        #expect(subscriber.line() == "    car 0.75 [1.5 2.0 3.0 4.0]")
    }
}
