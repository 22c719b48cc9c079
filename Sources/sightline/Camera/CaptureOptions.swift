import ArgumentParser
import Camera

/// Size, rate, format and controls of a camera, from the command line.
struct CaptureOptions: ParsableArguments {
    @Option(help: "Picture size, such as 1280x720.")
    var size: String?

    @Option(help: "Frames per second.")
    var rate: Double?

    @Option(help: "Pixel format by its four characters, such as MJPG. Without it the one that costs least.")
    var format: String?

    @Option(
        name: .customLong("control"),
        help: ArgumentHelp(
            "A control, such as exposure=200, exposure=auto, power_line_frequency=50. May be repeated.",
            valueName: "name=value"))
    var controls: [String] = []

    var isEmpty: Bool { size == nil && rate == nil && format == nil && controls.isEmpty }

    /// What is wanted, where options say nothing as in `standard`.
    func wish(_ standard: CaptureWish) throws -> CaptureWish {
        var wish = standard
        if let size { (wish.width, wish.height) = try parsedSize(size) }
        if let rate {
            guard rate > 0, rate <= 1000 else {
                throw CommandFailure.wrongUse("--rate \(rate): expected up to 1000 fps")
            }
            wish.rate = rate
        }
        if let format {
            guard let code = FourCC(format.count == 3 ? format + " " : format) else {
                throw CommandFailure.wrongUse("--format \(format): expected four characters, such as MJPG or YUYV")
            }
            wish.format = code
        }
        return wish
    }

    private func parsedSize(_ text: String) throws -> (Int, Int) {
        let parts = text.split(separator: "x").map { Int($0) }
        guard parts.count == 2, let width = parts[0], let height = parts[1], (1...16384).contains(width),
            (1...16384).contains(height)
        else { throw CommandFailure.wrongUse("--size \(text): expected a size such as 1280x720") }
        return (width, height)
    }

    func controlSettings() throws -> [ControlSetting] {
        try controls.map { text in
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw CommandFailure.wrongUse("--control \(text): expected a name and a value, such as exposure=200")
            }
            return ControlSetting(parts[0], ControlSetting.Value(parsing: parts[1]))
        }
    }
}
