import ArgumentParser
import Camera
import Messages
import Runtime

struct CameraInfo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Describe a camera: formats, sizes, rates, controls.",
        discussion: "Also which format `sightline run` would take, for the size and rate given here.")

    @OptionGroup var options: CaptureOptions

    @Argument(help: "The camera: a node, a number, or the name of a link in /dev/v4l.")
    var device: String

    @Flag(help: "One JSON object.")
    var json = false

    func run() throws {
        let wish = try options.wish(CaptureWish())
        let camera = try CameraDescription(describing: device)
        if json { return print(camera.json.text) }
        let choice = CaptureChoice.best(for: wish, among: camera.formats)
        var lines = ["\(camera.path): \(camera.card) (\(camera.driver), \(camera.bus))"]
        if let link = camera.byID { lines.append("  by make   \(link)") }
        if let link = camera.byPath { lines.append("  by place  \(link)") }
        lines.append("  buffers   mapped\(camera.offersDMABUF == true ? ", DMABUF" : "")")
        if let choice { lines.append("  choice    \(choice)") }
        lines += ["", "Formats"] + formats(camera).map { "  " + $0 }
        lines += ["", "Controls"] + controls(camera).map { "  " + $0 }
        print(lines.joined(separator: "\n"))
    }

    private func formats(_ camera: CameraDescription) -> [String] {
        camera.formats.flatMap { format -> [String] in
            let how =
                switch FrameReading(format.fourcc) {
                case .direct: "read in place"
                case .jpeg: "decoded"
                case .converted: "converted by libv4lconvert"
                case .unreadable: "not read"
                }
            return ["\(format.fourcc)  \(format.name), \(how)"] + format.sizes.map { "      \($0)" }
        }
    }

    private func controls(_ camera: CameraDescription) -> [String] {
        let rows = camera.controls.map { control in
            [
                control.name, control.value.map { "\($0)" } ?? "-",
                control.possibilities + (control.isInactive ? "  (inactive)" : "")
                    + (control.isReadOnly ? "  (read only)" : ""),
            ]
        }
        return TextTable(rows: [["name", "value", "possible"]] + rows, rightAligned: 0).lines
    }
}
