import Glibc
import SightlineBus

/// `connect-as USER DIRECTORY`: becomes another user and says how the publisher received it.
enum Connecting {
    static func run(_ arguments: [String]) throws {
        guard arguments.count == 2, let user = UInt32(arguments[0]) else { Main.fail("connect-as USER DIRECTORY") }
        Main.become(user)
        let subscriber: BusSubscriber
        do throws(BusError) {
            subscriber = try BusSubscriber(["*"], options: BusSubscriberOptions(directory: arguments[1]))
        } catch {
            return Main.say("no directory: \(error)")
        }
        while let event = try subscriber.next(timeout: .milliseconds(1500)) {
            switch event {
            case .connected: return Main.say("connected")
            case .disconnected(_, let reason): return Main.say("\(reason)")
            default: break
            }
        }
        Main.say("nothing to connect to")
    }
}
