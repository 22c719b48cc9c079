import Glibc
import Messages
import SightlineBus

/// `publish DIRECTORY COUNT SIZE MICROSECONDS`: publishes stamped messages as soon as somebody subscribes.
enum PublishOnly {
    static func run(_ arguments: [String]) throws {
        guard arguments.count == 4, let count = Int(arguments[1]), let size = Int(arguments[2]),
            let pause = Int64(arguments[3]), size >= 8
        else { BusBenchmark.fail("publish DIRECTORY COUNT SIZE MICROSECONDS") }
        Machine.prepare(processor: 0)
        let publisher = try BusPublisher(name: "bench", options: BusPublisherOptions(directory: arguments[0]))
        let topic = try publisher.topic("a")
        while !topic.hasSubscribers { usleep(1000) }
        usleep(50_000)
        var payload = [UInt8](repeating: 1, count: size)
        var next = Machine.now
        for _ in 0..<count {
            next += pause * 1000
            Machine.sleep(until: next)
            try payload.withUnsafeMutableBytes { bytes in
                bytes.storeBytes(of: Machine.now, as: Int64.self)
                try topic.publish(UnsafeRawBufferPointer(bytes))
            }
        }
        usleep(200_000)
    }
}
