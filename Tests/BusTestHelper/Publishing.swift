import Glibc
import Messages
import SightlineBus

/// `publish DIRECTORY NAME MICROSECONDS`: publishes text on topic `text` and frames on topic `frame` until it is killed.
enum Publishing {
    static func run(_ arguments: [String]) throws {
        guard arguments.count == 3, let pause = UInt32(arguments[2]) else {
            Main.fail("publish DIRECTORY NAME MICROSECONDS")
        }
        let publisher = try BusPublisher(name: arguments[1], options: BusPublisherOptions(directory: arguments[0]))
        let topic = try publisher.topic("text", retained: true)
        let frames = try publisher.frames(options: FrameOptions(frameByteLimit: 65_536, slotCount: 4))
        Main.say("ready")
        var number: UInt64 = 0
        while true {
            number += 1
            let text = Array("\(number)".utf8)
            try topic.publish(text.span.bytes)
            if let slot = frames.acquire() {
                slot.bytes.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: number))
                let header = MessageHeader(
                    frameID: number, captureTime: 0, publishTime: 0, camera: "", sequence: frames.nextSequence)
                try frames.publish(
                    slot, length: 65_536, header: header, width: 256, height: 256, pixelFormat: .gray8,
                    planes: [FramePlane(offset: 0, stride: 256)])
            }
            if pause > 0 { usleep(pause) }
        }
    }
}
