import Glibc
import Platform

/// The directory in which publishers put their sockets: private to its user.
struct RuntimeDirectory: Sendable, Equatable {
    let path: String

    static let socketSuffix = ".sock"
    static let lockSuffix = ".lock"

    /// `given`, else $SIGHTLINE_RUNTIME_DIR, else $XDG_RUNTIME_DIR/sightline, else /tmp/sightline-UID.
    static func usualPath(_ given: String? = nil) -> String {
        if let given { return given }
        if let own = environment("SIGHTLINE_RUNTIME_DIR") { return own }
        if let runtime = environment("XDG_RUNTIME_DIR") { return runtime + "/sightline" }
        return "/tmp/sightline-\(geteuid())"
    }

    private static func environment(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    /// Creates the directory where it is missing and checks that nobody else can put sockets into it.
    init(preparing given: String?) throws(BusError) {
        path = Self.usualPath(given)
        if mkdir(path, 0o700) < 0 {
            let code = errno
            if code != EEXIST { throw .system(call: "mkdir", subject: path, code: code) }
        }
        try check()
    }

    /// The directory if it exists and is safe; nil when there is none.
    init?(existing given: String?) throws(BusError) {
        path = Self.usualPath(given)
        var status = stat()
        if lstat(path, &status) < 0 {
            let code = errno
            if code == ENOENT { return nil }
            throw .system(call: "lstat", subject: path, code: code)
        }
        try check()
    }

    /// lstat, not stat: in /tmp anybody could have put a link of this name.
    private func check() throws(BusError) {
        var status = stat()
        if lstat(path, &status) < 0 { throw .system(call: "lstat", subject: path, code: errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .unsafeDirectory(path, detail: "is not a directory") }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw .unsafeDirectory(path, detail: "belongs to user \(status.st_uid)")
        }
        guard status.st_mode & 0o022 == 0 else {
            throw .unsafeDirectory(
                path, detail: "others may write to it (mode \(String(status.st_mode & 0o777, radix: 8)))")
        }
    }

    func socketPath(of publisher: String) -> String { path + "/" + publisher + Self.socketSuffix }

    func lockPath(of publisher: String) -> String { path + "/" + publisher + Self.lockSuffix }

    /// Where a socket is bound before it is ready to accept. The leading dot hides it from ``publishers()``.
    func bindingPath(of publisher: String) -> String { path + "/." + publisher + Self.socketSuffix }

    /// Names of the publishers whose sockets are there, in alphabetical order; some may be dead.
    func publishers() -> [String] {
        names(withSuffix: Self.socketSuffix).filter { !$0.hasPrefix(".") }.sorted()
    }

    /// Names of files with this suffix, without it.
    func names(withSuffix suffix: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(suffix), name.count > suffix.count { names.append(String(name.dropLast(suffix.count))) }
        }
        return names
    }
}
