import Glibc

/// Who has a device open, as far as /proc tells this user.
enum DeviceHolders {
    /// Processes other than this one that have the device open, as "1234 (name)".
    static func find(_ path: String) -> [String] {
        var wanted = stat()
        guard stat(path, &wanted) == 0 else { return [] }
        return DevicePaths.entries(of: "/proc").compactMap { entry in
            guard let process = Int32(entry), process != getpid(), holds(process, wanted.st_rdev) else { return nil }
            return "\(process) (\(name(of: process)))"
        }
    }

    private static func holds(_ process: Int32, _ device: dev_t) -> Bool {
        let folder = "/proc/\(process)/fd"
        return DevicePaths.entries(of: folder).contains { descriptor in
            var status = stat()
            return stat(folder + "/" + descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR
                && status.st_rdev == device
        }
    }

    private static func name(of process: Int32) -> String {
        guard let file = fopen("/proc/\(process)/comm", "r") else { return "?" }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = fread(&buffer, 1, buffer.count, file)
        return String(decoding: buffer[..<count].prefix { $0 != 10 && $0 != 0 }, as: UTF8.self)
    }
}
