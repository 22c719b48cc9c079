import Glibc
import Platform
import Tensors

/// Where engines keep packed weights between runs of a program, so that loading a network again need not pack them.
///
/// Any number of programs may use one folder at the same time: files are written beside their place and renamed into it,
/// and never changed afterwards. A file that is damaged, or of another network, engine or program, is made anew. What has
/// not been used for longest is removed when the folder grows beyond its bound.
public struct WeightsCache: Sendable, Hashable {
    /// The environment variable that names another folder, or says `off`.
    public static let environmentName = "SIGHTLINE_CACHE"

    /// Changes whenever the constants that lowering asks for change, or their layout.
    static let engineVersion: UInt64 = 2

    public let directory: String

    /// Bytes that all files may take together.
    public let maximumByteCount: Int

    public init(directory: String, maximumByteCount: Int = 256 << 20) {
        self.directory = directory
        self.maximumByteCount = maximumByteCount
    }

    /// The folder that `SIGHTLINE_CACHE` names, else `sightline/weights` in the user's cache (`XDG_CACHE_HOME`, else
    /// `~/.cache`); nil when the variable says `off`, or there is no home.
    public static var standard: WeightsCache? {
        if let chosen = Environment.value(environmentName) {
            return chosen == "off" ? nil : WeightsCache(directory: chosen)
        }
        let home = Environment.value("HOME").map { $0 + "/.cache" }
        guard let base = Environment.value("XDG_CACHE_HOME") ?? home else { return nil }
        return WeightsCache(directory: base + "/sightline/weights")
    }

    /// What the cache did for an engine.
    public enum Outcome: Sendable, Hashable {
        /// No cache was asked for.
        case unused
        /// Weights came from the file.
        case loaded
        /// Weights were packed and written.
        case created
        /// The file was there, but of no use, for the stated reason; it was written anew.
        case rebuilt(reason: String)
        /// Weights were packed, and could not be written.
        case unwritable(reason: String)
    }

    // MARK: - Files

    /// What a file depends on besides the network: instruction set, engine, and the program that holds the kernels.
    func key(network: UInt64, instructionSet: String) -> UInt64 {
        var status = stat()
        var program: [UInt64] = [Self.engineVersion]
        if stat("/proc/self/exe", &status) == 0 {
            program += [
                UInt64(status.st_ino), UInt64(status.st_size), UInt64(bitPattern: Int64(status.st_mtim.tv_sec)),
                UInt64(status.st_mtim.tv_nsec),
            ]
        }
        return program.withUnsafeBytes { XXHash64.digest($0, seed: XXHash64.digest(instructionSet, seed: network)) }
    }

    func path(key: UInt64) -> String {
        let digits = String(key, radix: 16)
        return directory + "/" + String(repeating: "0", count: 16 - digits.count) + digits + Self.suffix
    }

    /// Writes a file in one step, then removes old ones beyond the bound.
    ///
    /// - Returns: why it was not written, if so.
    func write(_ bytes: [UInt8], key: UInt64) -> String? {
        makeDirectories()
        let path = path(key: key)
        let temporary = path + ".\(getpid()).\(UInt32.random(in: 0...UInt32.max)).tmp"
        let outcome = bytes.withUnsafeBytes { buffer in
            Result { () throws(BinaryFileError) in try BinaryFile.write([buffer], to: temporary) }
        }
        if case .failure(let error) = outcome {
            unlink(temporary)
            return "\(directory): \(error.detail)"
        }
        guard rename(temporary, path) == 0 else {
            let detail = String(cString: strerror(errno))
            unlink(temporary)
            return "\(path): \(detail)"
        }
        removeOldest(keeping: path)
        return nil
    }

    /// Notes that a file was used, for the choice of what to remove.
    func touch(key: UInt64) { utimes(path(key: key), nil) }

    private static let suffix = ".weights"

    private func makeDirectories() {
        var prefix = ""
        for part in directory.split(separator: "/", omittingEmptySubsequences: false) {
            prefix += part + "/"
            if prefix != "/" { mkdir(prefix, 0o700) }
        }
    }

    /// Removes what was used longest ago until the rest is within the bound. Leftovers of programs that were stopped while
    /// they wrote go after an hour.
    private func removeOldest(keeping kept: String) {
        guard let folder = opendir(directory) else { return }
        defer { closedir(folder) }
        var files: [(path: String, byteCount: Int, used: Int)] = []
        let now = time(nil)
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            let path = directory + "/" + name
            var status = stat()
            guard name.contains(Self.suffix), lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                continue
            }
            if name.hasSuffix(".tmp") {
                if status.st_mtim.tv_sec < now - 3600 { unlink(path) }
                continue
            }
            files.append((path, Int(status.st_size), status.st_mtim.tv_sec))
        }
        var total = files.reduce(0) { $0 + $1.byteCount }
        for file in files.sorted(by: { $0.used < $1.used }) where total > maximumByteCount && file.path != kept {
            if unlink(file.path) == 0 { total -= file.byteCount }
        }
    }
}
