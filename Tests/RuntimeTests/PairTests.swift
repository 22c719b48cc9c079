import Foundation
import Messages
import SightlineBus
import Synchronization
import Testing

import Runtime

/// Pairs of frames of two imitated cameras, as subscribers see them.
@Suite("Pairs on the bus")
struct PairTests {
    /// The messages of one camera, read on its loop's thread.
    private final class Watch: @unchecked Sendable {
        // Sendable without checking is sound: one loop's thread uses it while the run lasts, the test afterwards; `isDone` is
        // atomic.
        let isDone = Atomic<Bool>(false)
        private let subscriber: BusSubscriber
        private(set) var messages: [Sightline_Pairs] = []

        init(publisher: String) throws {
            subscriber = try BusSubscriber(
                [TopicRequest("pairs", queue: .dropOldest(1000))], options: .init(publisher: publisher))
        }

        var hasPartner: Bool { messages.contains { !$0.partners.isEmpty } }

        func read() throws {
            while let message = try subscriber.nextMessage(timeout: .zero) {
                messages.append(try message.decode(Sightline_Pairs.self))
            }
        }
    }

    @Test("every frame's message names the other camera's frame within the bound, and how far they are apart")
    func partners() throws {
        let live = try LiveFixture(cameras: 2)
        let names = [LoopFixture.busName(), LoopFixture.busName()]
        let run = try live.run(live.configuration(names: names))
        let watch = try Watch(publisher: names[0])
        _ = try run.run { index, report in
            // The other camera goes on until this one has seen it.
            guard index == 0 else { return !watch.isDone.load(ordering: .acquiring) }
            try? watch.read()
            guard watch.hasPartner || report.framesProcessed == 20_000 else { return true }
            watch.isDone.store(true, ordering: .releasing)
            return false
        }
        #expect(watch.hasPartner)
        for message in watch.messages {
            #expect(message.header.camera == names[0] && message.boundNs == CameraRun.pairBound)
            #expect(message.partners.count <= 1)
            for partner in message.partners {
                #expect(partner.camera == names[1] && abs(partner.skewNs) <= message.boundNs)
                #expect(partner.captureTimeNs == message.header.captureTimeNs + partner.skewNs)
            }
        }
    }
}
