import Glibc

/// Names of video devices: nodes, and udev's links that stay the same when numbers change.
public enum DevicePaths {
    /// The node that a user means: a path, a number, or the name of a link in /dev/v4l.
    ///
    ///     /dev/video2   video2   2   usb-046d_HD_Pro_Webcam_C920-video-index0
    public static func path(for word: String) -> String {
        if word.contains("/") { return word }
        if !word.isEmpty, word.allSatisfy(\.isNumber) { return "/dev/video" + word }
        for folder in ["/dev/v4l/by-id/", "/dev/v4l/by-path/"] where access(folder + word, F_OK) == 0 {
            return folder + word
        }
        return "/dev/" + word
    }

    /// Numbered video nodes, in the order of their numbers.
    public static func nodes() -> [String] {
        entries(of: "/dev").compactMap { name in
            name.hasPrefix("video") ? Int(name.dropFirst(5)).map { ($0, "/dev/" + name) } : nil
        }.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// udev's link by the camera's make and serial number that points to this node.
    public static func byID(_ node: String) -> String? { link(in: "/dev/v4l/by-id", to: node) }

    /// udev's link by the camera's place (bus, port) that points to this node.
    public static func byPath(_ node: String) -> String? { link(in: "/dev/v4l/by-path", to: node) }

    /// The name under which this camera is found again after it was unplugged: its link by place where there is one.
    ///
    /// By place, not by make: two cameras of one make often have the same serial number, but never the same port. A path
    /// that is a link already is kept.
    static func stable(_ path: String) -> String {
        resolved(path) == path ? byPath(path) ?? byID(path) ?? path : path
    }

    /// The path that links lead to; the path itself where nothing is there.
    public static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    /// The name of the group that owns a node.
    static func group(of path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0, let entry = getgrgid(status.st_gid) else { return nil }
        return String(cString: entry.pointee.gr_name)
    }

    /// Capture nodes with the camera's name, for messages.
    static func captureNodes() -> [String] {
        nodes().compactMap { node in
            guard let identity = identity(of: node), identity.isCapture else { return nil }
            return "\(node) (\(identity.card))"
        }
    }

    /// The capture node of the camera that has another node at `path`.
    static func sibling(of path: String) -> String? {
        guard let bus = identity(of: resolved(path))?.bus, !bus.isEmpty else { return nil }
        return nodes().first { node in
            guard node != resolved(path), let identity = identity(of: node) else { return false }
            return identity.isCapture && identity.bus == bus
        }
    }

    private static func identity(of node: String) -> DeviceIdentity? {
        guard access(node, R_OK | W_OK) == 0 else { return nil }
        do throws(CameraError) {
            return try VideoDevice(opening: node, calls: .system).identity()
        } catch {
            return nil
        }
    }

    private static func link(in folder: String, to node: String) -> String? {
        let target = resolved(node)
        return entries(of: folder).sorted().map { folder + "/" + $0 }.first { resolved($0) == target }
    }

    static func entries(of folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
