import Messages
import Platform
import Testing

import Runtime

@Suite("Health board")
struct HealthBoardTests {
    private func slowDecoder(_ board: HealthBoard) -> HealthSignal {
        board.signal(.decodeSlow, stage: "drive", unit: "ms") { amount, count in "\(amount) ms late, \(count) times" }
    }

    @Test("a raised cause holds with its beginning, its latest amount and a count until it is cleared")
    func raised() throws {
        let board = HealthBoard()
        let signal = slowDecoder(board)
        signal.raise(amount: 4, since: MonotonicTime(nanoseconds: 1000))
        signal.raise(amount: 9)
        let causes = board.read().causes
        #expect(causes.count == 1)
        let cause = try #require(causes.first)
        #expect(cause.kind == .decodeSlow && cause.stage == "drive" && cause.unit == "ms")
        #expect(cause.sinceNs == 1000 && cause.amount == 9 && cause.count == 2)
        #expect(cause.detail == "9.0 ms late, 2 times")
        signal.clear(now: MonotonicTime(nanoseconds: 5000))
        let after = board.read()
        #expect(after.causes.isEmpty)
        #expect(after.ended.map(\.lastedNs) == [4000])
        #expect(board.read().ended.isEmpty)
    }

    @Test("an episode that began and ended between two readings is reported as ended")
    func shortEpisode() {
        let board = HealthBoard()
        let signal = slowDecoder(board)
        signal.raise(amount: 4, since: MonotonicTime(nanoseconds: 1000))
        signal.clear(now: MonotonicTime(nanoseconds: 1500))
        let reading = board.read()
        #expect(reading.causes.isEmpty)
        #expect(reading.ended.map(\.sinceNs) == [1000])
        #expect(reading.ended.map(\.lastedNs) == [500])
    }

    @Test("the next episode counts from nothing")
    func countsAnew() {
        let board = HealthBoard()
        let signal = slowDecoder(board)
        for _ in 0..<3 { signal.raise(amount: 1) }
        signal.clear()
        #expect(board.read().ended.first?.count == 3)
        signal.raise(amount: 1)
        #expect(board.read().causes.first?.count == 1)
    }

    @Test("the same kind and stage is one signal; another stage is another")
    func identity() {
        let board = HealthBoard()
        let signal = slowDecoder(board)
        #expect(slowDecoder(board) === signal)
        #expect(board.signal(.decodeSlow, stage: "other", unit: "ms") { _, _ in "" } !== signal)
    }

    @Test("clearing what is not raised is no change")
    func idleClear() {
        let board = HealthBoard()
        let signal = slowDecoder(board)
        let before = board.revision
        signal.clear()
        board.clear(.diskFull, stage: "nowhere")
        #expect(board.revision == before)
    }

    @Test("causes come in the order of their severity, with the words of whoever raised them")
    func order() {
        let board = HealthBoard()
        board.raise(.subscriberDropped, stage: "viewer", amount: 3, unit: "messages", detail: "viewer lost 3 messages")
        board.raise(.cameraLost, stage: "front", detail: "/dev/video0 is gone")
        let causes = board.read().causes
        #expect(causes.map(\.kind) == [.cameraLost, .subscriberDropped])
        #expect(causes.map(\.detail) == ["/dev/video0 is gone", "viewer lost 3 messages"])
    }

    @Test("health is due once a second, and at once when a cause begins or ends")
    func reporting() throws {
        let board = HealthBoard()
        let signal = slowDecoder(board)
        var reporter = HealthReporter(board: board, begin: MonotonicTime(nanoseconds: 0))
        func moment(_ milliseconds: Int64) -> MonotonicTime { .init(nanoseconds: milliseconds * 1_000_000) }
        #expect(reporter.report(now: moment(0))?.state == .good)
        #expect(reporter.report(now: moment(10)) == nil)
        signal.raise(amount: 1)
        let report = reporter.report(now: moment(20))
        let raised = try #require(report)
        #expect(raised.state == .degraded && raised.causes.count == 1)
        #expect(raised.uptimeNs == 20_000_000)
        signal.raise(amount: 2)
        #expect(reporter.report(now: moment(900)) == nil)
        #expect(reporter.report(now: moment(1020))?.causes.first?.amount == 2)
        signal.clear()
        #expect(reporter.report(now: moment(1021))?.ended.count == 1)
    }

    @Test("raising and clearing from a thread while another reads loses no episode")
    func concurrent() throws {
        let board = HealthBoard()
        let signal = slowDecoder(board)
        let rounds = 2000
        let thread = try RealTimeThread(name: "raiser") { _ in
            for _ in 0..<rounds {
                signal.raise(amount: 1)
                signal.clear()
            }
        }
        for _ in 0..<200 { _ = board.read() }
        thread.join()
        _ = board.read()
        #expect(signal.endedEpisodes == UInt64(rounds))
        #expect(board.read().causes.isEmpty)
    }
}
