import ArgumentParser
import Camera
import Messages
import Runtime

struct CameraList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the cameras of this machine.")

    @Flag(help: "One JSON object a line, for each camera.")
    var json = false

    func run() throws {
        let (cameras, failures) = CameraDescription.list()
        if json {
            for camera in cameras { print(JSONValue.object(camera.identityMembers).text) }
        } else if !cameras.isEmpty {
            let rows = cameras.map { [$0.path, $0.card, $0.driver, $0.bus, $0.byID ?? $0.byPath ?? ""] }
            let table = TextTable(rows: [["device", "camera", "driver", "bus", "link"]] + rows, rightAligned: 0)
            for line in table.lines { print(line) }
        }
        for failure in failures { printError("sightline: \(failure)") }
        if cameras.isEmpty && failures.isEmpty && !json { print("no camera is connected") }
    }
}
