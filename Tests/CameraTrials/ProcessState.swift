import Glibc

/// What this process has open and mapped, to find what is never given back.
struct ProcessState: Equatable {
    var descriptors: Int
    /// Mappings of video devices.
    var mappings: Int
    var residentKilobytes: Int

    static var current: ProcessState {
        var descriptors = 0
        if let folder = opendir("/proc/self/fd") {
            while readdir(folder) != nil { descriptors += 1 }
            closedir(folder)
        }
        let lines = text(of: "/proc/self/maps").split(separator: "\n")
        let pages = text(of: "/proc/self/statm").split(separator: " ")
        return ProcessState(
            descriptors: descriptors, mappings: lines.count { $0.contains("/dev/video") },
            residentKilobytes: (pages.count > 1 ? Int(pages[1]) ?? 0 : 0) * 4)
    }

    private static func text(of path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { result += buffer[..<count] }
        return String(decoding: result, as: UTF8.self)
    }
}
