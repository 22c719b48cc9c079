import Messages
import Platform
import Runtime
import Testing

@Suite("Pairs of frames")
struct StampBoardTests {
    private func moment(_ milliseconds: Double) -> MonotonicTime { .init(nanoseconds: Int64(milliseconds * 1e6)) }

    private func board(_ rear: [Double]) -> StampBoard {
        let board = StampBoard(cameras: ["front", "rear"])
        for (index, time) in rear.enumerated() { board.writer(for: 1).note(moment(time), number: UInt64(index)) }
        return board
    }

    @Test("a frame's partner is the nearest one within the bound, with its skew")
    func nearest() throws {
        let board = board([100, 133, 166])
        let partner = try #require(board.partner(in: 1, of: moment(140), bound: 25_000_000))
        #expect(partner.number == 1 && partner.skew == -7_000_000)
        #expect(board.partner(in: 1, of: moment(200), bound: 25_000_000) == nil)
        #expect(board.partner(in: 0, of: moment(100), bound: 25_000_000) == nil)
        #expect(board.partner(in: 1, of: moment(191), bound: 25_000_000)?.number == 2)
    }

    @Test("old times are forgotten when new ones come")
    func forgotten() {
        let board = board((0..<40).map { Double($0) * 33 })
        #expect(board.partner(in: 1, of: moment(0), bound: 10_000_000) == nil)
        #expect(board.partner(in: 1, of: moment(39 * 33), bound: 10_000_000)?.number == 39)
    }

    @Test("a partner that is missing for a second is a cause; it ends with the next pair")
    func missing() throws {
        let board = board([1000])
        let health = HealthBoard()
        var monitor = PairMonitor(board: board, own: 0, bound: 25_000_000, health: health, now: moment(1000))
        #expect(monitor.names == ["rear"])
        for index in 0..<40 {
            let time = moment(1000 + Double(index) * 33)
            monitor.add(capture: time, now: time)
        }
        #expect(monitor.pairings[0].paired == 1 && monitor.pairings[0].alone == 39)
        let cause = try #require(health.read().causes.first)
        #expect(cause.kind == .cameraSlow && cause.stage == "front/rear" && cause.sinceNs == 1_000_000_000)
        #expect(cause.detail.hasPrefix("no frame of rear within 25.0 ms of one of front for 1"))
        board.writer(for: 1).note(moment(2324), number: 1)
        monitor.add(capture: moment(2320), now: moment(2330))
        #expect(health.read().causes.isEmpty && monitor.pairings[0].largestSkew == 4_000_000)
    }

    @Test("a writer and a reader at the same time never give a wrong pair")
    func concurrent() throws {
        let board = StampBoard(cameras: ["a", "b"])
        let writer = board.writer(for: 1)
        let thread = try RealTimeThread(name: "writer") { _ in
            for number in 1...200_000 { writer.note(.init(nanoseconds: Int64(number) * 1000), number: UInt64(number)) }
        }
        for step in 1...20_000 {
            let wanted = Int64(step) * 10_000
            if let partner = board.partner(in: 1, of: .init(nanoseconds: wanted), bound: 50_000) {
                #expect(wanted + partner.skew == Int64(partner.number) * 1000)
            }
        }
        thread.join()
    }
}
