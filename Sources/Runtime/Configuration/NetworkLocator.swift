import Glibc

/// Finds the networks that run when the user names none.
///
/// Folders, in this order: `$SIGHTLINE_MODELS`; `models` in the working directory; `models` in the package that the
/// executable was built from; `share/sightline/models` beside the executable's `bin`. In each, networks that the user made
/// (`local/detection.onnx`, `local/road.onnx`) come before those that the package ships.
public struct NetworkLocator: Sendable {
    public enum Role: String, Sendable {
        case detection
        case road

        var fileNames: [String] {
            switch self {
            case .detection: ["local/detection.onnx", "road-objects.onnx"]
            case .road: ["local/road.onnx", "road-surface.onnx"]
            }
        }
    }

    public var folders: [String]

    public init(folders: [String]) {
        self.folders = folders
    }

    /// The standard folders for an executable at `executable`.
    public init(executable: String, environment: (String) -> String? = { getenv($0).map { String(cString: $0) } }) {
        folders = []
        if let folder = environment("SIGHTLINE_MODELS") { folders.append(folder) }
        folders.append("models")
        let parents = executable.split(separator: "/", omittingEmptySubsequences: false)
        if let build = parents.lastIndex(of: ".build") {
            folders.append((parents[..<build] + ["models"]).joined(separator: "/"))
        }
        if parents.count > 2 {
            folders.append((parents.dropLast(2) + ["share", "sightline", "models"]).joined(separator: "/"))
        }
    }

    /// The first file that exists for this role, or nil.
    public func path(of role: Role) -> String? {
        for folder in folders {
            for name in role.fileNames where access(folder + "/" + name, R_OK) == 0 { return folder + "/" + name }
        }
        return nil
    }
}
