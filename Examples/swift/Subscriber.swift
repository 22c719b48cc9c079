import Messages
import SightlineBus

/// Prints the objects that Sightline detects, until it is interrupted. `swift run subscriber [PUBLISHER] [COUNT]`
@main
enum Subscriber {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let options = BusSubscriberOptions(publisher: arguments.first)
        var rest = arguments.count > 1 ? Int(arguments[1]) ?? 0 : -1

        for try await event in BusEvents(["detections"], options: options) {
            switch event {
            case .message(let message):
                guard case .detections(let detections) = try message.decoded() else { continue }
                print("\(message.topic) #\(message.sequence) lost \(message.droppedBefore)")
                for object in detections.detections {
                    print(
                        "    \(object.label) \(object.score) [\(object.box.x1) \(object.box.y1) \(object.box.x2) \(object.box.y2)]"
                    )
                }
                rest -= 1
                if rest == 0 { return }
            case .connected(let publisher, let isRestart):
                print("\(publisher.name) \(isRestart ? "has restarted" : "is connected")")
            case .disconnected(let publisher, let reason):
                print("\(publisher) \(reason)")
            case .topicAdded:
                break
            }
        }
    }
}
