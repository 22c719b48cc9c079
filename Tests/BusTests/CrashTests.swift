import Glibc
import SightlineBus
import Testing

/// How often the crash tests kill; SIGHTLINE_BUS_KILLS sets a larger number for runs by hand.
private let kills = getenv("SIGHTLINE_BUS_KILLS").flatMap { Int(String(cString: $0)) } ?? 300

@Suite("crashes", .serialized)
struct CrashTests {
    private let bus = BusFixture()

    @Test("a publisher killed while publishing: subscribers see the end, connect again, and nothing is left behind")
    func killedPublisher() throws {
        let name = "victim-\(getpid())"
        let subscriber = try bus.subscriber([TopicRequest("text", queue: .dropOldest(16)), "frame"])
        for round in 0..<kills {
            let helper = try #require(HelperProcess(["publish", bus.directory, name, "50"]))
            try expectMessages(subscriber, isRestart: round > 0)
            usleep(UInt32(round * 7919 % 3000))
            helper.kill()
            try expectEnd(subscriber)
            // Its socket, lock and perhaps the binding; never more than one publisher's.
            #expect(bus.files.allSatisfy { $0.contains(name) } && bus.files.count <= 3)
            #expect(bus.openDescriptors(publisher: name) == 0 && bus.mappings(publisher: name) == 0)
        }
        // What the last one left is gone after the next start and stop.
        #expect(!bus.files.isEmpty)
        try bus.publisher(name).close()
        #expect(bus.files.isEmpty)
    }

    private func expectMessages(_ subscriber: BusSubscriber, isRestart expected: Bool) throws {
        var texts = 0
        var frames = 0
        while texts < 5 || frames < 2 {
            let event = try #require(try subscriber.next(timeout: .seconds(60)), "nothing comes")
            switch event {
            case .connected(_, let isRestart): #expect(isRestart == expected)
            case .message(let message):
                if message.topic == "text" {
                    texts += 1
                    #expect(message.text == "\(message.sequence)")
                } else {
                    frames += 1
                }
            default: break
            }
        }
    }

    private func expectEnd(_ subscriber: BusSubscriber) throws {
        while let event = try subscriber.next(timeout: .seconds(60)) {
            if case .disconnected(_, let reason) = event {
                #expect(reason == .lost)
                return
            }
        }
        Issue.record("the end was not seen")
    }

    @Test("subscribers killed while receiving: the publisher takes everything back")
    func killedSubscribers() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("text", retained: true)
        let frames = try publisher.frames(options: FrameOptions(frameByteLimit: 4096, slotCount: 4))
        let before = bus.openDescriptors()
        for round in 0..<kills / 3 {
            let mode = ["read", "stall", "hold"][round % 3]
            let helper = try #require(HelperProcess(["subscribe", bus.directory, mode, "text", "frame"]))
            var published: UInt64 = 0
            let isReady = eventually { !publisher.subscribers.isEmpty }
            #expect(isReady)
            for _ in 0..<50 + round * 31 % 50 {
                try topic.publish(text: "x")
                if let slot = frames.acquire() {
                    try frames.publish(
                        slot, length: 4096,
                        header: .init(frameID: published, captureTime: 0, publishTime: 0, camera: "", sequence: 0),
                        width: 64, height: 64, pixelFormat: .gray8, planes: [])
                }
                published += 1
            }
            helper.kill()
            #expect(eventually { publisher.subscribers.isEmpty && frames.slotsHeld == 0 })
        }
        #expect(bus.openDescriptors() == before)
        let subscriber = try bus.subscriber(["text"])
        #expect(try subscriber.required()?.isRetained == true)
    }

    @Test("a listing removes what a killed publisher left, and leaves the living alone")
    func stale() throws {
        let living = try bus.publisher("living")
        let helper = try #require(HelperProcess(["publish", bus.directory, "victim", "1000"]))
        #expect(helper.line() == "ready")
        #expect(try BusDirectory.list(directory: bus.directory).map(\.name) == ["living", "victim"])
        helper.kill()
        #expect(bus.files.contains("victim.sock"))
        #expect(try BusDirectory.list(directory: bus.directory).map(\.name) == ["living"])
        #expect(bus.files == ["living.lock", "living.sock"])
        withExtendedLifetime(living) {}
    }

    @Test("a stopped publisher does not hang its subscribers, nor a listing")
    func stopped() throws {
        let helper = try #require(HelperProcess(["publish", bus.directory, "victim", "1000"]))
        #expect(helper.line() == "ready")
        kill(helper.process, SIGSTOP)
        var status: Int32 = 0
        #expect(waitpid(helper.process, &status, WUNTRACED) == helper.process)
        #expect(try BusDirectory.list(directory: bus.directory, patience: .milliseconds(50)).isEmpty)
        let subscriber = try bus.subscriber(["text"])
        // At most that it is silent.
        switch try subscriber.next(timeout: .milliseconds(50)) {
        case nil, .disconnected(_, .silent): break
        case let event: Issue.record("\(String(describing: event))")
        }
        kill(helper.process, SIGCONT)
        #expect(try subscriber.required() != nil)
    }
}
