import ArgumentParser
import Calibration
import Messages

struct CalibrateCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say what is wrong with a camera file.",
        discussion: """
            Judges focal length, principal point, distortion, mounting and how sure they are, as an experienced user would. \
            The exit code is 1 when the file cannot be used.
              sightline calibrate check camera.yaml
            """)

    @Argument(help: "Camera files.")
    var files: [String]

    @Flag(help: "One JSON object per file.")
    var json = false

    func run() throws {
        var hasErrors = false
        for file in files {
            let check = try CameraCheck(contentsOf: file)
            hasErrors = hasErrors || check.hasErrors
            printLine(json ? object(file, check).text : text(file, check))
        }
        if hasErrors { throw ExitCode(ExitStatus.workFailed.rawValue) }
    }

    private func text(_ file: String, _ check: CameraCheck) -> String {
        var lines: [String] = []
        if let camera = check.camera {
            let model = camera.model
            lines.append(
                "\(file): \(camera.name), \(model.width)x\(model.height), focal length \(fixedDecimal(model.fx, digits: 1)) px, "
                    + "\(model.distortion.model.rawValue)"
                    + (camera.mounting.map {
                        ", \(fixedDecimal($0.heightMetres, digits: 2)) m high, looking down "
                            + "\(fixedDecimal($0.pitchDegrees, digits: 2)) degrees"
                    } ?? ""))
        } else {
            lines.append("\(file): cannot be used")
        }
        for finding in check.findings.sorted(by: { $0.severity > $1.severity }) {
            lines.append("  \(finding.severity.rawValue): \(finding.key): \(finding.message)")
        }
        if check.findings.isEmpty { lines.append("  nothing to find fault with") }
        return lines.joined(separator: "\n")
    }

    private func object(_ file: String, _ check: CameraCheck) -> JSONValue {
        .object([
            .init("file", .string(file)), .init("usable", .boolean(!check.hasErrors)),
            .init("has_mounting", .boolean(check.camera?.mounting != nil)),
            .init(
                "findings",
                .array(
                    check.findings.map { finding in
                        .object([
                            .init("severity", .string(finding.severity.rawValue)), .init("key", .string(finding.key)),
                            .init("message", .string(finding.message)),
                        ])
                    })),
        ])
    }
}
