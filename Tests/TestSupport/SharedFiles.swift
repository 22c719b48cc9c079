import Foundation

/// Files that lie beside the repository on a developer's machine and in continuous integration, but are not part of it:
/// real networks, footage and data sets. Tests that need one are disabled with a message where it is absent.
///
///     @Test(.enabled(if: SharedFiles.exists("models/yolo11n.onnx"), SharedFiles.absence))
public enum SharedFiles {
    /// The folder: `SIGHTLINE_SHARED` in the environment, else `../shared` beside the package.
    public static let root: String =
        ProcessInfo.processInfo.environment["SIGHTLINE_SHARED"]
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../shared").standardized.path

    public static let absence = "needs files that are not part of the repository (SIGHTLINE_SHARED)"

    public static func path(_ relative: String) -> String { root + "/" + relative }

    public static func exists(_ relative: String) -> Bool { FileManager.default.fileExists(atPath: path(relative)) }
}
