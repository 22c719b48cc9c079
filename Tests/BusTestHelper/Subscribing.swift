import Glibc
import SightlineBus

/// `subscribe DIRECTORY MODE TOPIC ...`: mode `read` reads for ever, `stall` never reads after it was accepted, `hold` keeps
/// every frame that it receives.
enum Subscribing {
    static func run(_ arguments: [String]) throws {
        guard arguments.count >= 3 else { Main.fail("subscribe DIRECTORY MODE TOPIC ...") }
        let topics = arguments.dropFirst(2).map { TopicRequest($0) }
        let subscriber = try BusSubscriber(topics, options: BusSubscriberOptions(directory: arguments[0]))
        var held: [BusMessage] = []
        while let event = try subscriber.next() {
            switch (event, arguments[1]) {
            case (.connected, "stall"):
                Main.say("stalled")
                while true { pause() }
            case (.message(let message), "hold"):
                held.append(message)
                if held.count == 1 { Main.say("holding") }
            case (.connected, _): Main.say("connected")
            default: break
            }
        }
    }
}
