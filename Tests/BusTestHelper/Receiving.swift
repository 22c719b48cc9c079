import Glibc
import SightlineBus

/// `receive-as USER DIRECTORY COUNT`: becomes another user and says which topics it sees and of which ones messages come.
enum Receiving {
    static func run(_ arguments: [String]) throws {
        guard arguments.count == 3, let user = UInt32(arguments[0]), let count = Int(arguments[2]) else {
            Main.fail("receive-as USER DIRECTORY COUNT")
        }
        Main.become(user)
        let subscriber = try BusSubscriber(
            [TopicRequest("*", queue: .dropOldest(64))], options: BusSubscriberOptions(directory: arguments[1]))
        var received: [String] = []
        while received.count < count, let event = try subscriber.next(timeout: .seconds(60)) {
            switch event {
            case .connected(let info, _): Main.say("topics " + info.topics.map(\.name).sorted().joined(separator: " "))
            case .message(let message): received.append(message.topic)
            case .disconnected(_, let reason): Main.fail("\(reason)")
            default: break
            }
        }
        // Whatever else were sent would be there already: one socket keeps its order.
        while let event = try subscriber.next(timeout: .zero) {
            if case .message(let message) = event { received.append(message.topic) }
        }
        Main.say("received " + received.sorted().joined(separator: " "))
    }
}
