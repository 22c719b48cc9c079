import CLinux
import Glibc
import Messages
import SightlineBus
import TestSupport
import Testing

@Suite("frames in shared memory")
struct FrameTests {
    private let bus = BusFixture()

    private func publish(_ frames: FrameTopic, _ number: UInt8, bytes: Int = 10_000) throws -> Bool {
        guard let slot = frames.acquire() else { return false }
        slot.bytes.initializeMemory(as: UInt8.self, repeating: number)
        let header = MessageHeader(
            frameID: UInt64(number), captureTime: 0, publishTime: 0, camera: "", sequence: frames.nextSequence)
        try frames.publish(
            slot, length: bytes, header: header, width: 100, height: 100, pixelFormat: .gray8,
            planes: [FramePlane(offset: 0, stride: 100)])
        return true
    }

    private func number(_ message: BusMessage) throws -> UInt8? {
        let lease = try #require(message.frame)
        return try lease.withBytes(of: try message.decode(Sightline_Frame.self)) { bytes in
            bytes.allSatisfy { $0 == bytes[0] } ? bytes[0] : 0xFF
        }
    }

    @Test("a subscriber sees the frame's bytes, and the slot comes back when it is done")
    func bytes() throws {
        let publisher = try bus.publisher()
        let frames = try publisher.frames(options: FrameOptions(frameByteLimit: 10_000, slotCount: 3))
        let subscriber = try bus.subscriber([TopicRequest("frame", queue: .dropOldest(8))])
        _ = try #require(try subscriber.waitForConnection())
        for count in 1...20 {
            #expect(try publish(frames, UInt8(count)))
            var message = try #require(try subscriber.required())
            let frame = try message.decode(Sightline_Frame.self)
            #expect(frame.length == 10_000 && frame.width == 100 && frame.planes.first?.stride == 100)
            #expect(try number(message) == UInt8(count))
            #expect(message.droppedBefore == 0)
            message.frame = nil
            #expect(eventually { frames.slotsHeld == 0 })
        }
    }

    /// The subscriber of this name as its publisher sees it.
    private func status(_ name: String, _ publisher: BusPublisher) -> SubscriberStatus? {
        publisher.subscribers.first { $0.name == name }
    }

    private func named(_ name: String) throws -> BusSubscriber {
        try BusSubscriber(
            [TopicRequest("frame", queue: .dropOldest(8))],
            options: BusSubscriberOptions(directory: bus.directory, name: name))
    }

    @Test("who holds too many frames loses further ones; others do not")
    func leaseLimit() throws {
        let publisher = try bus.publisher()
        let options = FrameOptions(frameByteLimit: 10_000, slotCount: 8, leaseLimit: 2, leaseTime: .max)
        let frames = try publisher.frames(options: options)
        let greedy = try named("greedy")
        let modest = try named("modest")
        _ = try #require(try greedy.waitForConnection())
        _ = try #require(try modest.waitForConnection())
        var held: [BusMessage] = []
        for count in 1...10 {
            #expect(try publish(frames, UInt8(count)))
            #expect(try number(try #require(try modest.required())) == UInt8(count))
            #expect(eventually { status("modest", publisher)?.framesHeld == 0 })
            if count <= 2 { held.append(try #require(try greedy.required())) }
        }
        #expect(status("greedy", publisher)?.framesHeld == 2 && status("greedy", publisher)?.dropped == 8)
        #expect(try greedy.next(timeout: .zero) == nil)
        #expect(try held.map { try number($0) } == [1, 2])
        held = []
        #expect(eventually { frames.slotsHeld == 0 })
        #expect(try publish(frames, 11))
        let next = try #require(try greedy.required())
        #expect(next.droppedBefore == 8)
        #expect(try number(next) == 11)
    }

    @Test("when every slot is held there is none to write, and no lease is taken away before its time")
    func exhaustion() throws {
        let publisher = try bus.publisher()
        let options = FrameOptions(frameByteLimit: 10_000, slotCount: 2, leaseLimit: 4, leaseTime: .max)
        let frames = try publisher.frames(options: options)
        let subscriber = try bus.subscriber([TopicRequest("frame", queue: .dropOldest(8))])
        _ = try #require(try subscriber.waitForConnection())
        for count in 1...2 { #expect(try publish(frames, UInt8(count))) }
        var held = [try #require(try subscriber.required()), try #require(try subscriber.required())]
        #expect(try !publish(frames, 3))
        #expect(try held.map { try number($0) } == [1, 2] && frames.revokedLeases == 0)
        held.removeFirst()
        #expect(try eventually { try publish(frames, 3) })
        #expect(try number(try #require(try subscriber.required())) == 3)
        #expect(try number(held[0]) == 2)
    }

    @Test("a lease whose time is over is taken away when nothing else is free, and its holder is told")
    func revocation() throws {
        let publisher = try bus.publisher()
        let options = FrameOptions(frameByteLimit: 10_000, slotCount: 2, leaseLimit: 4, leaseTime: 0)
        let frames = try publisher.frames(options: options)
        let subscriber = try bus.subscriber([TopicRequest("frame", queue: .dropOldest(8))])
        _ = try #require(try subscriber.waitForConnection())
        for count in 1...2 { #expect(try publish(frames, UInt8(count))) }
        let held = [try #require(try subscriber.required()), try #require(try subscriber.required())]
        #expect(try held.map { try number($0) } == [1, 2])
        #expect(try publish(frames, 3))
        #expect(frames.revokedLeases == 1)
        #expect(held[0].frame?.isValid == false)
        #expect(try number(held[0]) == nil)
        #expect(try number(held[1]) == 2)
        #expect(try number(try #require(try subscriber.required())) == 3)
    }

    @Test("a frame that is overwritten while it is read is not taken for whole")
    func overwrittenDuringReading() throws {
        let publisher = try bus.publisher()
        let frames = try publisher.frames(
            options: FrameOptions(frameByteLimit: 10_000, slotCount: 2, leaseLimit: 4, leaseTime: 0))
        let subscriber = try bus.subscriber([TopicRequest("frame", queue: .dropOldest(8))])
        _ = try #require(try subscriber.waitForConnection())
        #expect(try publish(frames, 1))
        let message = try #require(try subscriber.required())
        let frame = try message.decode(Sightline_Frame.self)
        var published: [Bool] = []
        let read = try message.frame?.withBytes(of: frame) { bytes in
            for count in 2...3 { published.append((try? publish(frames, UInt8(count))) == true) }
            return bytes[0]
        }
        #expect(published == [true, true] && read == nil)
    }

    @Test("a frame that a camera compressed travels as the file that it is")
    func jpeg() throws {
        let publisher = try bus.publisher()
        let frames = try publisher.frames(options: FrameOptions(frameByteLimit: 1 << 20))
        let subscriber = try bus.subscriber(["frame"])
        _ = try #require(try subscriber.waitForConnection())
        let file: [UInt8] = [0xFF, 0xD8, 0xFF, 0xD9]
        guard let slot = frames.acquire() else {
            Issue.record("no slot is free")
            return
        }
        slot.bytes.copyBytes(from: file)
        let header = MessageHeader(frameID: 1, captureTime: 0, publishTime: 0, camera: "", sequence: 1)
        try frames.publish(slot, length: 4, header: header, width: 1280, height: 720, pixelFormat: .jpeg, planes: [])
        let message = try #require(try subscriber.required())
        let frame = try message.decode(Sightline_Frame.self)
        #expect(frame.pixelFormat == .jpeg && frame.planes.isEmpty && frame.length == 4 && frame.width == 1280)
        #expect(try message.frame?.withBytes(of: frame) { Array($0) } == file)
    }

    @Test("an announcement that points outside of its slot is refused")
    func outsideOfSlot() throws {
        let publisher = try bus.publisher()
        let frames = try publisher.frames(options: FrameOptions(frameByteLimit: 4096, slotCount: 2))
        let subscriber = try bus.subscriber(["frame"])
        _ = try #require(try subscriber.waitForConnection())
        #expect(try publish(frames, 1, bytes: 4096))
        let message = try #require(try subscriber.required())
        let lease = try #require(message.frame)
        let frame = try message.decode(Sightline_Frame.self)
        for change: (inout Sightline_Frame) -> Void in [
            { $0.offset -= 1 }, { $0.offset += 1 }, { $0.length += 1 }, { $0.length = .max }, { $0.offset = .max },
            { $0.slot = 1 - $0.slot }, { $0.slot = .max },
        ] {
            var wrong = frame
            change(&wrong)
            #expect(throws: BusError.self) { try lease.withBytes(of: wrong) { $0.count } }
        }
        #expect(try lease.withBytes(of: frame) { $0.count } == 4096)
    }

    @Test("a slot that is not published is free again")
    func abandoned() throws {
        let publisher = try bus.publisher()
        let frames = try publisher.frames(options: FrameOptions(frameByteLimit: 100, slotCount: 2))
        for _ in 0..<10 {
            let isFree = frames.acquire() != nil
            #expect(isFree)
        }
        #expect(frames.slotsHeld == 0)
        #expect(throws: BusError.self) { try publish(frames, 1, bytes: 1_000_000) }
        #expect(frames.slotsHeld == 0)
    }

    @Test("nobody waits: frames are published without subscribers, and slots are reused")
    func withoutSubscribers() throws {
        let publisher = try bus.publisher()
        let frames = try publisher.frames(options: FrameOptions(frameByteLimit: 10_000, slotCount: 2))
        for count in 1...100 { #expect(try publish(frames, UInt8(count))) }
        #expect(frames.slotsHeld == 0 && !frames.hasSubscribers)
    }

    @Test("frames that a full queue drops are given back")
    func droppedFrames() throws {
        let publisher = try bus.publisher()
        let options = FrameOptions(frameByteLimit: 10_000, slotCount: 16, leaseLimit: 8, leaseTime: .max)
        let frames = try publisher.frames(options: options)
        let client = try #require(RawClient(bus))
        client.send(RawClient.hello(["frame"]))
        #expect(eventually { frames.hasSubscribers })
        for count in 1...100 { #expect(try publish(frames, UInt8(count))) }
        // Some in the kernel, one in hand, one waiting: far fewer than it may hold, and none of those that were replaced.
        #expect(frames.slotsHeld <= 6)
        #expect(publisher.subscribers.first.map { $0.replaced + $0.dropped > 90 } == true)
        withExtendedLifetime(client) {}
    }

    @Test("sealed memory can neither be resized nor written by others, and only such memory is accepted")
    func seals() throws {
        let size = 8192
        let memory = sightline_memfd_create("test", size)
        defer { close(memory) }
        #expect(memory >= 0)
        #expect(sightline_memfd_verify(memory, size) == -EPERM)
        var error: Int32 = 0
        let own = try #require(sightline_memory_map(memory, size, 1, &error))
        defer { munmap(own, size) }
        #expect(sightline_memfd_seal(memory) == 0)
        #expect(sightline_memfd_verify(memory, size) == 0)
        #expect(sightline_memfd_verify(memory, size - 1) == -EINVAL)
        own.storeBytes(of: 42, as: UInt8.self)
        #expect(ftruncate(memory, 1) < 0 && ftruncate(memory, 1 << 20) < 0)
        #expect(write(memory, "x", 1) < 0)
        #expect(sightline_memory_map(memory, size, 1, &error) == nil && error == -EPERM)
        let again = open("/proc/self/fd/\(memory)", O_RDWR)
        if again >= 0 {
            #expect(sightline_memory_map(again, size, 1, &error) == nil)
            close(again)
        }
        let view = try #require(sightline_memory_map(memory, size, 0, &error))
        #expect(view.load(as: UInt8.self) == 42)
        #expect(mprotect(view, size, PROT_READ | PROT_WRITE) < 0)
        munmap(view, size)
    }

    @Test("options that make no sense are refused")
    func options() throws {
        let publisher = try bus.publisher()
        for options in [
            FrameOptions(frameByteLimit: 0), FrameOptions(frameByteLimit: 1 << 40),
            FrameOptions(frameByteLimit: 100, slotCount: 1), FrameOptions(frameByteLimit: 100, slotCount: 65),
            FrameOptions(frameByteLimit: 100, leaseLimit: 0),
        ] {
            #expect(throws: BusError.self) { try publisher.frames(options: options) }
        }
    }
}
