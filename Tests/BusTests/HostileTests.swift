import CLinux
import Glibc
import Messages
import SightlineBus
import TestSupport
import Testing

@Suite("hostile neighbours")
struct HostileTests {
    private let bus = BusFixture()

    private func expectService(_ publisher: BusPublisher, _ topic: BusTopic) throws {
        let subscriber = try bus.subscriber([TopicRequest(topic.name, queue: .dropOldest(4))])
        _ = try #require(try subscriber.waitForConnection())
        try topic.publish(text: "still here")
        #expect(try subscriber.required()?.text == "still here")
    }

    @Test("garbage instead of a greeting is refused with a reason, and service goes on", arguments: 0..<200)
    func garbage(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a")
        let client = try #require(RawClient(bus))
        var bytes = RawClient.hello(["a", "b"])
        if Bool.random(using: &random) {
            bytes = (0..<Int.random(in: 1...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        } else {
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            bytes = Array(bytes.prefix(Int.random(in: 1...bytes.count, using: &random)))
        }
        client.send(bytes)
        let answer = try #require(client.receive())
        // Some mutations are still greetings.
        #expect(answer[0] == 2 || (answer[0] == 4 && !RawClient.reason(answer).isEmpty))
        if seed % 20 == 0 { try expectService(publisher, topic) }
    }

    @Test("garbage after the greeting ends that connection only")
    func garbageAfterGreeting() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a")
        for bytes: [UInt8] in [[0], [1], [6, 0, 0], [7, 0], [255, 255, 255], RawClient.hello(["a"])] {
            let client = try #require(RawClient(bus))
            client.send(RawClient.hello(["a"]))
            #expect(client.receive()?[0] == 2)
            client.send(bytes)
            #expect(client.kindsUntilEnd() == [10])
        }
        #expect(eventually { publisher.counters.violations == 6 })
        try expectService(publisher, topic)
    }

    @Test("a packet that is too large, or carries descriptors, ends the connection")
    func largePacketsAndDescriptors() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a")
        let large = try #require(RawClient(bus))
        large.send([UInt8](repeating: 1, count: 60_000))
        #expect(large.kindsUntilEnd() == [4])
        let before = bus.openDescriptors()
        for _ in 0..<10 {
            let client = try #require(RawClient(bus))
            let bytes = RawClient.hello(["a"])
            let sent = bytes.withUnsafeBytes {
                sightline_socket_send_descriptor(client.socket, $0.baseAddress, $0.count, 0)
            }
            // Linux 6.16 and later refuse at once on the sender's side.
            if sent >= 0 { #expect(client.kindsUntilEnd() == [4]) }
        }
        #expect(eventually { bus.openDescriptors() <= before })
        try expectService(publisher, topic)
    }

    @Test("another version is refused and told which one is spoken")
    func version() throws {
        let publisher = try bus.publisher()
        let client = try #require(RawClient(bus))
        client.send(RawClient.hello([], version: 2))
        let answer = try #require(client.receive())
        #expect(answer[0] == 4 && answer[1] == 1 && RawClient.reason(answer).contains("the publisher speaks 1"))
        withExtendedLifetime(publisher) {}
    }

    @Test("who says nothing in time is turned away")
    func silence() throws {
        let publisher = try bus.publisher("test") { $0.handshakeDeadline = 30_000_000 }
        let client = try #require(RawClient(bus))
        #expect(client.kindsUntilEnd() == [4])
        #expect(publisher.counters.refused == 1)
    }

    @Test("a flood of silent connections keeps nobody out")
    func flood() throws {
        let publisher = try bus.publisher("test") {
            $0.connectionLimit = 4
            $0.connectionLimitPerProcess = 1000
            $0.handshakeDeadline = 60_000_000_000
        }
        let topic = try publisher.topic("a")
        let before = bus.openDescriptors()
        var flood: [RawClient] = []
        for _ in 0..<300 {
            if let client = RawClient(bus) { flood.append(client) }
        }
        try expectService(publisher, topic)
        flood = []
        #expect(eventually { bus.openDescriptors() <= before })
    }

    @Test("active subscribers are not pushed out, and one more is told so")
    func connectionLimit() throws {
        let publisher = try bus.publisher("test") {
            $0.connectionLimit = 2
            $0.connectionLimitPerProcess = 10
        }
        let active = try (0..<2).map { _ in
            let client = try #require(RawClient(bus))
            client.send(RawClient.hello([]))
            #expect(client.receive()?[0] == 2)
            return client
        }
        let third = try #require(RawClient(bus))
        let answer = try #require(third.receive())
        #expect(answer[0] == 4 && answer[1] == 3)
        #expect(publisher.subscribers.count == 2)
        withExtendedLifetime(active) {}
    }

    @Test("one process has a limit of connections of its own")
    func processLimit() throws {
        let publisher = try bus.publisher("test") { $0.connectionLimitPerProcess = 1 }
        let first = try #require(RawClient(bus))
        first.send(RawClient.hello([]))
        #expect(first.receive()?[0] == 2)
        let second = try #require(RawClient(bus))
        #expect(second.receive()?[0] == 4)
        withExtendedLifetime((publisher, first)) {}
    }

    @Test("queues beyond the memory limit are refused")
    func memoryLimit() throws {
        let publisher = try bus.publisher("test") { $0.queueByteLimit = 1 << 20 }
        _ = try publisher.topic("a")
        let subscriber = try bus.subscriber([TopicRequest("a", queue: .dropOldest(60_000))])
        guard case .disconnected(_, .refused(let reason)) = try subscriber.next(timeout: .seconds(60)) else {
            Issue.record("not refused")
            return
        }
        #expect(reason.contains("queues of"))
    }

    @Test("a subscriber that asks for the schemas again and again is sent away")
    func schemaFlood() throws {
        let publisher = try bus.publisher()
        let client = try #require(RawClient(bus))
        client.send(RawClient.hello([]))
        for _ in 0..<6 { client.send([8]) }
        let kinds = client.kindsUntilEnd()
        #expect(kinds.first == 2 && kinds.last == 10 && kinds.count { $0 == 9 } <= 4)
        withExtendedLifetime(publisher) {}
    }

    @Test("whoever reads one byte of each packet harms itself only")
    func readsOneByte() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a")
        let client = try #require(RawClient(bus))
        client.send(RawClient.hello(["a"]))
        #expect(eventually { topic.hasSubscribers })
        var byte: UInt8 = 0
        for number in 1...200 {
            try topic.publish(text: "\(number)")
            if number % 3 == 0 { _ = recv(client.socket, &byte, 1, Int32(MSG_DONTWAIT)) }
        }
        try expectService(publisher, topic)
    }

    @Test("whoever holds every frame for ever keeps the publisher from none, nor others from theirs")
    func holdsLeases() throws {
        let publisher = try bus.publisher()
        let frames = try publisher.frames(
            options: FrameOptions(frameByteLimit: 4096, slotCount: 8, leaseLimit: 3, leaseTime: .max))
        let greedy = try bus.subscriber([TopicRequest("frame", queue: .dropOldest(100))])
        let modest = try bus.subscriber([TopicRequest("frame", queue: .dropOldest(100))])
        _ = try #require(try greedy.waitForConnection())
        _ = try #require(try modest.waitForConnection())
        var held: [BusMessage] = []
        let header = MessageHeader(frameID: 1, captureTime: 0, publishTime: 0, camera: "", sequence: 1)
        for _ in 1...200 {
            guard let slot = frames.acquire() else {
                Issue.record("no slot is free")
                return
            }
            try frames.publish(slot, length: 1, header: header, width: 1, height: 1, pixelFormat: .gray8, planes: [])
            #expect(try modest.required()?.droppedBefore == 0)
            while let event = try greedy.next(timeout: .zero) {
                if case .message(let message) = event { held.append(message) }
            }
            #expect(eventually { publisher.subscribers.count { $0.framesHeld == 0 } >= 1 })
        }
        #expect(held.count == 3 && frames.revokedLeases == 0)
    }

    @Test("another user is refused unless listed", .enabled(if: geteuid() == 0, "needs root"))
    func otherUsers() throws {
        chmod(bus.directory, 0o755)
        let publisher = try bus.publisher("test") { $0.allowedUsers = [0, 4711] }
        let listed = try #require(HelperProcess(["connect-as", "4711", bus.directory]))
        #expect(listed.line() == "connected")
        let stranger = try #require(HelperProcess(["connect-as", "4712", bus.directory]))
        #expect(stranger.line() == "refused: user 4712 may not subscribe")
        withExtendedLifetime(publisher) {}
    }

    @Test("a topic's own list of users decides who sees and receives it", .enabled(if: geteuid() == 0, "needs root"))
    func otherUsersOfTopic() throws {
        chmod(bus.directory, 0o755)
        let nobody: UInt32 = 65_534
        let publisher = try bus.publisher("test") { $0.allowedUsers = [0, nobody, 4711] }
        let topics = try ["all", "own", "nobody"].map { name in
            var options = TopicOptions(isRetained: true)
            if name == "own" { options.allowedUsers = [0] }
            if name == "nobody" { options.allowedUsers = [nobody] }
            return try publisher.topic(name, options: options)
        }
        for topic in topics { try topic.publish(text: topic.name) }
        for (user, expected) in [(nobody, ["all", "nobody"]), (4711, ["all"]), (0, ["all", "own"])] {
            let helper = try #require(HelperProcess(["receive-as", "\(user)", bus.directory, "\(expected.count)"]))
            #expect(helper.line() == "topics " + expected.joined(separator: " "))
            #expect(helper.line() == "received " + expected.joined(separator: " "))
        }
    }

    @Test("a topic may be closed to users whom the publisher admits")
    func topicUsers() throws {
        let publisher = try bus.publisher()
        let closed = try publisher.topic("closed", options: closedTo(geteuid()))
        let open = try publisher.topic("open")
        let subscriber = try bus.subscriber([TopicRequest("*", queue: .dropOldest(8))])
        #expect(try #require(try subscriber.waitForConnection()).topics.map(\.name) == ["open"])
        let later = try publisher.topic("later", options: closedTo(geteuid()))
        for topic in [closed, later, open] { try topic.publish(text: topic.name) }
        #expect(try subscriber.required()?.topic == "open")
        #expect(!closed.hasSubscribers && !later.hasSubscribers)
    }

    private func closedTo(_ user: UInt32) -> TopicOptions {
        var options = TopicOptions(isRetained: true)
        options.allowedUsers = [user + 1]
        return options
    }

    @Test("in a private directory another user finds nothing", .enabled(if: geteuid() == 0, "needs root"))
    func privateDirectory() throws {
        let publisher = try bus.publisher()
        let stranger = try #require(HelperProcess(["connect-as", "4712", bus.directory]))
        #expect(stranger.line()?.hasPrefix("no directory") == true)
        withExtendedLifetime(publisher) {}
    }
}
