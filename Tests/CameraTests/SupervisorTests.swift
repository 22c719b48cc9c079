import Glibc
import Platform
import Testing

import Camera

@Suite("Supervisor")
struct SupervisorTests {
    /// A supervisor with a clock, fed with frames 33 ms apart.
    private struct Road {
        var now = MonotonicTime(nanoseconds: 1_000_000_000)
        var supervisor = CameraSupervisor(now: MonotonicTime(nanoseconds: 1_000_000_000))
        var sequence: UInt32 = 0
        var picture: UInt64 = 0

        init() { supervisor.opened(at: now, frameInterval: 33_333_333) }

        @discardableResult
        mutating func frame(
            skip: UInt32 = 0, hasErrorFlag: Bool = false, isSamePicture: Bool = false, isSameNumber: Bool = false
        ) -> CameraSupervisor.Verdict {
            now = now + 33_333_333
            sequence &+= skip + (isSameNumber ? 0 : 1)
            if !isSamePicture { picture += 1 }
            supervisor.settle(at: now)
            let verdict = supervisor.judge(
                .init(sequence: sequence, hasErrorFlag: hasErrorFlag, picture: picture), at: now)
            if verdict == .deliver { supervisor.delivered(at: now) }
            return verdict
        }

        /// Tells of a failed request; whether the device is to be opened again.
        mutating func failed(_ code: Int32, hasPollError: Bool = false) -> Bool {
            supervisor.failed("VIDIOC_QBUF", code: code, hasPollError: hasPollError, at: now)
        }

        mutating func frames(_ count: Int) {
            for _ in 0..<count { frame() }
        }

        func active(_ kind: CameraFault.Kind) -> CameraFault? { supervisor.ledger.active.first { $0.kind == kind } }
    }

    private func check(_ verdict: CameraSupervisor.Verdict, _ expected: CameraSupervisor.Verdict) {
        #expect(verdict == expected)
    }

    @Test("gaps in the numbers are lost frames; the fault ends a second after the last gap")
    func lost() {
        var road = Road()
        road.frames(3)
        road.frame(skip: 2)
        road.frame(skip: 1)
        #expect(road.supervisor.lostFrames == 3)
        #expect(road.active(.lostFrames)?.count == 3)
        road.frames(31)
        #expect(road.active(.lostFrames) == nil)
        let ended = road.supervisor.takeEndedFaults()
        #expect(ended.map(\.kind) == [.lostFrames] && ended[0].lasted == 33_333_333)
        let endedAgain = road.supervisor.takeEndedFaults()
        #expect(endedAgain.isEmpty)
    }

    @Test("numbers that wrap around or start anew lose nothing")
    func wrap() {
        var road = Road()
        road.sequence = .max - 2
        road.frames(6)
        road.sequence = 0
        road.frames(3)
        #expect(road.supervisor.lostFrames == 0)
    }

    @Test("a frame with the error flag is discarded and counted")
    func errorFlag() {
        var road = Road()
        road.frames(2)
        check(road.frame(hasErrorFlag: true), .discard)
        #expect(road.active(.errorFlag)?.count == 1)
        check(road.frame(), .deliver)
        #expect(road.supervisor.ledger.totals[.errorFlag] == 1)
    }

    @Test("the same picture for a second is a frozen camera; restarts come ever more seldom; a new picture ends it")
    func frozen() {
        var road = Road()
        road.frames(3)
        let begin = road.now
        var restarts: [Int] = []
        for index in 0..<600 {
            let verdict = road.frame(isSamePicture: true)
            if verdict == .reopen {
                restarts.append(index)
                road.supervisor.opened(at: road.now, frameInterval: 33_333_333)
            }
        }
        #expect(restarts.first == 30)
        #expect(restarts.count == 5)
        #expect(zip(restarts.dropFirst(), restarts).map { $0 - $1 }.dropFirst().allSatisfy { $0 >= 60 })
        #expect(road.active(.frozen)?.since == begin)
        check(road.frame(), .deliver)
        let ended = road.supervisor.takeEndedFaults().map(\.kind)
        #expect(ended == [.frozen])
    }

    @Test("the same number for a second is a frozen camera, but a driver that never counts is none")
    func frozenNumbers() {
        var road = Road()
        road.frames(3)
        for _ in 0..<30 { check(road.frame(isSameNumber: true), .deliver) }
        check(road.frame(isSameNumber: true), .reopen)

        var uncounted = Road()
        for _ in 0..<100 { check(uncounted.frame(isSameNumber: true), .deliver) }
    }

    @Test("silence becomes a fault after half a second; its length is from the last good frame to the next")
    func silence() {
        var road = Road()
        road.frames(5)
        let lastGood = road.now
        #expect(road.supervisor.silenceDeadline - road.now == 500_000_000)
        road.now = road.supervisor.silenceDeadline
        road.supervisor.silent(at: road.now)
        #expect(road.supervisor.state == .closed(retryAt: road.now))
        #expect(road.active(.silent)?.since == lastGood)
        road.supervisor.opened(at: road.now, frameInterval: 33_333_333)
        road.frame()
        let ended = road.supervisor.takeEndedFaults()
        #expect(ended.first?.lasted == road.now - lastGood)
    }

    @Test("attempts to open come at once, then at growing distances up to a quarter of a second")
    func backOff() {
        var road = Road()
        road.frames(2)
        let mustReopen = road.failed(ENODEV, hasPollError: true)
        #expect(mustReopen)
        var delays: [Int64] = []
        for _ in 0..<7 {
            guard case .closed(let retryAt) = road.supervisor.state else { break }
            delays.append((retryAt - road.now) / 1_000_000)
            road.now = retryAt
            road.supervisor.openFailed(.noSuchDevice(path: "/dev/video0"), at: road.now)
        }
        #expect(delays == [0, 20, 40, 80, 160, 250, 250])
        #expect(road.active(.unplugged)?.count == 8)
    }

    @Test("single buffer errors are passed over; three in a row end the stream")
    func bufferErrors() {
        var road = Road()
        road.frames(2)
        var reactions = [road.failed(EINVAL)]
        road.frame()
        for _ in 0..<3 { reactions.append(road.failed(EINVAL)) }
        #expect(reactions == [false, false, false, true])
        #expect(road.active(.streamError) != nil && road.active(.bufferError)?.count == 4)
    }

    @Test("what failed to open is named by its cause")
    func causes() {
        #expect(CameraError.busy(path: "x", holders: []).faultKind == .busy)
        #expect(CameraError.noSuchDevice(path: "x").faultKind == .unplugged)
        #expect(CameraError.call(name: "VIDIOC_STREAMON", path: "x", code: EINVAL).faultKind == .streamError)
        #expect(CameraError.noAccess(path: "x", group: "video").faultKind == .noAccess)
    }

    @Test("a digest differs where any byte differs, once a picture has repeated")
    func digest() {
        var bytes = [UInt8](repeating: 7, count: 100_000)
        var digest = PictureDigest()
        func update() -> UInt64 { bytes.withUnsafeBytes { digest.update($0) } }
        let first = update()
        let second = update()
        let third = update()
        #expect(third == second && first <= second)
        bytes[54_321] = 8
        let changed = update()
        #expect(changed != second)
    }
}
