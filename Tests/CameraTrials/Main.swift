import Glibc

/// Trials of the camera module on real V4L2 drivers: run in User Mode Linux (`Tests/VirtualCameras/boot`) on the kernel's
/// virtual camera, vivid. Prints a line for each: "ok NAME" or "not ok NAME: why".
///
///     camera-trials list
///     camera-trials run /dev/video0 [NAME ...]
///     camera-trials feed FOLDER /dev/video9 RATE      pictures into v4l2loopback
@main
enum Main {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "list":
            for trial in Trial.all { say(trial.name) }
        case "run" where arguments.count >= 2:
            let names = arguments.dropFirst(2)
            let trials = names.isEmpty ? Trial.all : Trial.all.filter { names.contains($0.name) }
            exit(trials.reduce(0) { $1.run(on: arguments[1]) ? $0 : 1 })
        case "feed" where arguments.count == 4:
            do {
                try Feeder.run(folder: arguments[1], device: arguments[2], rate: Double(arguments[3]) ?? 30)
            } catch {
                say("\(error)")
                exit(1)
            }
        default:
            say("usage: camera-trials list | run DEVICE [NAME ...] | feed FOLDER DEVICE RATE")
            exit(2)
        }
    }

    /// One line on standard output, at once.
    static func say(_ text: String) {
        let line = text + "\n"
        _ = line.withCString { write(1, $0, strlen($0)) }
    }
}
