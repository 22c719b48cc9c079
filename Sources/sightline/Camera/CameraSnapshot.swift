import ArgumentParser
import Camera
import Imaging
import Messages
import Platform
import Runtime

struct CameraSnapshot: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Take one picture and write it as JPEG or PNG.",
        discussion: "Some frames pass before, so that exposure and white balance have settled.")

    @OptionGroup var options: CaptureOptions

    @Argument(help: "The camera: a node, a number, or the name of a link in /dev/v4l.")
    var device: String

    @Argument(help: "The picture: .jpg or .png.")
    var file: String

    @Option(help: "Frames to let pass before.")
    var skip = 10

    @Option(help: "Seconds to wait for the frames.")
    var timeout = 5.0

    @Flag(help: "One JSON object that describes the frame.")
    var json = false

    func validate() throws {
        guard (0...1000).contains(skip) else { throw ValidationError("--skip is between 0 and 1000") }
        guard timeout > 0, timeout <= 3600 else { throw ValidationError("--timeout is between 0 and 3600 seconds") }
        guard ["jpg", "jpeg", "png"].contains(file.split(separator: ".").last.map { $0.lowercased() } ?? "") else {
            throw ValidationError("\(file) must end in .jpg, .jpeg or .png")
        }
    }

    func run() throws {
        let settings = CameraSettings(
            device: device, wish: try options.wish(CaptureWish()), controls: try options.controlSettings())
        let camera = try Camera(settings)
        var frame = CameraFrame()
        InterruptFlag.install()
        let deadline = MonotonicTime.now + Int64(timeout * 1e9)
        var left = skip + 1
        while left > 0, !InterruptFlag.isSet {
            if camera.next(into: &frame, timeoutNanoseconds: 100_000_000) {
                left -= 1
            } else if MonotonicTime.now > deadline {
                throw CameraError.noFrame(path: camera.path, seconds: timeout, cause: cause(camera))
            }
        }
        guard left == 0, let view = frame.unsafeView else { return }
        try ImageFile.write(view, to: file)
        let object = JSONValue.object([
            .init("file", .string(file)), .init("format", .string("\(camera.format.fourcc)")),
            .init("width", .signed(Int64(view.width))), .init("height", .signed(Int64(view.height))),
            .init("sequence", .unsigned(UInt64(frame.sequence))),
            .init("capture_time_ns", .signed(frame.time.moment.nanoseconds)),
            .init("timestamp", .string(frame.time.origin.rawValue)),
            .init("timestamp_event", .string(frame.time.event.rawValue)),
            .init("lost_frames", .unsigned(camera.lostFrames)),
        ])
        print(json ? object.text : "\(file): \(view.width)x\(view.height) from \(camera.path) (\(camera.format))")
        withExtendedLifetime(frame.sequence) {}
    }

    private func cause(_ camera: Camera) -> String {
        camera.faults.active.last.map(\.detail) ?? "the camera sends nothing"
    }
}
