import CLinux
import Glibc
import Messages
import SightlineBus
import TestSupport
import Testing

@Suite("frames in shared memory", .enabled(if: TimingTests.areWanted, "\(TimingTests.absence)"))
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

    @Test("who holds too many frames loses further ones; others do not")
    func leaseLimit() throws {
        let publisher = try bus.publisher()
        let options = FrameOptions(frameByteLimit: 10_000, slotCount: 8, leaseLimit: 2, leaseTime: 60_000_000_000)
        let frames = try publisher.frames(options: options)
        let greedy = try bus.subscriber([TopicRequest("frame", queue: .dropOldest(8))])
        let modest = try bus.subscriber([TopicRequest("frame", queue: .dropOldest(8))])
        _ = try #require(try greedy.waitForConnection())
        _ = try #require(try modest.waitForConnection())
        var held: [BusMessage] = []
        for count in 1...10 {
            #expect(try publish(frames, UInt8(count)))
            #expect(try number(try #require(try modest.required())) == UInt8(count))
            #expect(eventually { frames.slotsHeld <= held.count + 1 })
            if count <= 2 { held.append(try #require(try greedy.required())) }
        }
        #expect(try greedy.next(timeout: .milliseconds(50)) == nil)
        #expect(try held.map { try number($0) } == [1, 2])
        held = []
        #expect(eventually { frames.slotsHeld == 0 })
        #expect(try publish(frames, 11))
        let next = try #require(try greedy.required())
        #expect(next.droppedBefore == 8)
        #expect(try number(next) == 11)
    }

    @Test("when every slot is held there is none to write, until leases are over; then the holder is told")
    func exhaustion() throws {
        let publisher = try bus.publisher()
        let options = FrameOptions(frameByteLimit: 10_000, slotCount: 2, leaseLimit: 4, leaseTime: 200_000_000)
        let frames = try publisher.frames(options: options)
        let subscriber = try bus.subscriber([TopicRequest("frame", queue: .dropOldest(8))])
        _ = try #require(try subscriber.waitForConnection())
        #expect(try publish(frames, 1))
        #expect(try publish(frames, 2))
        let held = [try #require(try subscriber.required()), try #require(try subscriber.required())]
        let isFull = frames.acquire() == nil
        #expect(isFull)
        #expect(try number(held[0]) == 1)
        #expect(try eventually { try publish(frames, 3) })
        #expect(frames.revokedLeases == 1)
        #expect(held[0].frame?.isValid == false)
        #expect(try number(held[0]) == nil)
        #expect(try number(held[1]) == 2)
        #expect(try number(try #require(try subscriber.required())) == 3)
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
        let frames = try publisher.frames(options: FrameOptions(frameByteLimit: 10_000, slotCount: 16, leaseLimit: 8))
        let client = try #require(RawClient(bus))
        client.send(RawClient.hello(["frame"]))
        #expect(eventually { frames.hasSubscribers })
        for count in 1...100 { #expect(try publish(frames, UInt8(count))) }
        // Two in the kernel, one waiting.
        #expect(frames.slotsHeld <= 4)
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
