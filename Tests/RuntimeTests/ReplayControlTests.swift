import Calibration
import Platform
import Testing

@testable import Runtime

@Suite("Steering a replay")
struct ReplayControlTests {
    private func time(_ milliseconds: Int64) -> MonotonicTime { .init(nanoseconds: milliseconds * 1_000_000) }

    @Test("Frames fall due by the speed, from where it changed on")
    func pace() {
        var pacer = ReplayPacer(speed: 2, now: time(1000))
        #expect(pacer.due(100_000_000) == time(1050))
        // At 1050 ms the drive has come to 100 ms; from there on at half speed.
        pacer.set(speed: 0.5, now: time(1050))
        #expect(pacer.due(100_000_000) == time(1050))
        #expect(pacer.due(200_000_000) == time(1250))
        pacer.rebase(300_000_000, now: time(9000))
        #expect(pacer.due(300_000_000) == time(9000))
        #expect(pacer.due(350_000_000) == time(9100))
    }

    @Test("Steps pause and are taken one by one; jumps add up")
    func requests() {
        let control = ReplayControl()
        control.step()
        control.step()
        #expect(control.isPaused)
        #expect(control.takeStep() && control.takeStep() && !control.takeStep())
        control.togglePause()
        #expect(!control.isPaused)
        control.seek(by: 10)
        control.seek(by: -30)
        #expect(control.wantsSeek && control.takeSeek() == -20 && !control.wantsSeek)
    }

    @Test("Speeds go up and down from a tenth to a hundred")
    func speeds() {
        let control = ReplayControl(speed: 0.7)
        control.faster()
        #expect(control.speed == 1)
        for _ in 0..<20 { control.faster() }
        #expect(control.speed == 100)
        for _ in 0..<20 { control.slower() }
        #expect(control.speed == 0.1)
    }

    @Test("The digest is about results only, and about their order and topics")
    func digest() {
        func digest(_ messages: [(String, [UInt8])]) -> String {
            let digest = PublishedDigest()
            for (topic, bytes) in messages { bytes.withUnsafeBytes { digest.add(topic: topic, $0) } }
            return digest.text
        }
        let one = digest([("detections", [1]), ("road", [2])])
        #expect(one == digest([("detections", [1]), ("health", [9]), ("timing", [3]), ("road", [2]), ("log", [1])]))
        #expect(one != digest([("road", [2]), ("detections", [1])]))
        #expect(one != digest([("detections", [1, 2]), ("road", [])]))
        #expect(one != digest([("front/detections", [1]), ("road", [2])]))
    }

    @Test("Rotations become quaternions whichever part is largest")
    func quaternions() {
        // A camera that looks straight ahead: its z is forward, its x to the right, its y down.
        let forward = Quaternion(.init(.init(0, 0, 1), .init(-1, 0, 0), .init(0, -1, 0)))
        let expected = [0.5, 0.5, 0.5, 0.5]
        for (part, value) in zip([forward.x, forward.y, forward.z, forward.w], expected) {
            #expect(abs(part.magnitude - value) < 1e-12)
        }
        let halfTurn = Quaternion(.init(.init(-1, 0, 0), .init(0, -1, 0), .init(0, 0, 1)))
        #expect(halfTurn.z.magnitude == 1 && halfTurn.w == 0)
    }
}
