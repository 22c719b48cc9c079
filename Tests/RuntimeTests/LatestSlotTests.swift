import Platform
import Runtime
import Testing

@Suite("Latest-frame slot")
struct LatestSlotTests {
    @Test("the consumer takes the newest element; what it missed is counted")
    func newest() {
        let slot = LatestSlot { 0 }
        for value in 1...3 {
            slot.fill { $0 = value }
            slot.publish()
        }
        #expect(slot.take())
        #expect(slot.withTaken { $0 } == 3)
        #expect(slot.overwritten == 2)
        #expect(!slot.take())
    }

    @Test("with waiting, every element arrives in order")
    func lossless() throws {
        let slot = LatestSlot { 0 }
        let producer = try RealTimeThread(name: "producer") { _ in
            for value in 1...2000 {
                slot.waitUntilTaken()
                slot.fill { $0 = value }
                slot.publish()
            }
            slot.waitUntilTaken()
            slot.finish()
        }
        var received: [Int] = []
        while slot.waitAndTake(timeoutNanoseconds: 2_000_000_000) { received.append(slot.withTaken { $0 }) }
        producer.join()
        #expect(received == Array(1...2000))
        #expect(slot.overwritten == 0)
    }

    @Test("a consumer never sees an element while it is being written")
    func noTearing() throws {
        let slot = LatestSlot { [Int](repeating: 0, count: 64) }
        let producer = try RealTimeThread(name: "producer") { _ in
            for value in 1...20_000 {
                slot.fill { element in for index in element.indices { element[index] = value } }
                slot.publish()
            }
            slot.finish()
        }
        var last = 0
        while slot.waitAndTake(timeoutNanoseconds: 2_000_000_000) {
            let (isUniform, value) = slot.withTaken { element in (element.allSatisfy { $0 == element[0] }, element[0]) }
            #expect(isUniform && value > last)
            last = value
        }
        producer.join()
        #expect(last == 20_000)
    }

    @Test("waiting ends after its timeout, and at once when the producer has finished")
    func ends() {
        let slot = LatestSlot { 0 }
        #expect(!slot.waitAndTake(timeoutNanoseconds: 1_000_000))
        slot.finish()
        #expect(!slot.waitAndTake(timeoutNanoseconds: 60_000_000_000))
    }
}
