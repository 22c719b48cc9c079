import Glibc
import Imaging
import Platform

/// The pictures of a folder: their order and their times.
public enum ImageFolder {
    /// A folder may hold this many pictures.
    private static let maximumCount = 4_000_000

    /// Names of all JPEG and PNG files, in order; hidden files are left out.
    public static func pictureNames(in folder: String) throws(RecordingError) -> [String] {
        guard let directory = opendir(folder) else {
            throw .file(path: folder, detail: SystemCall.message(for: errno))
        }
        defer { closedir(directory) }
        var names: [(name: String, key: [NamePart])] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)) {
                    String(cString: $0)
                }
            }
            guard !name.hasPrefix("."), let dot = name.lastIndex(of: "."),
                ImageFile.extensions.contains(name[name.index(after: dot)...].lowercased())
            else { continue }
            guard names.count < maximumCount else {
                throw .unsupported(path: folder, detail: "a folder of more than \(maximumCount) pictures")
            }
            names.append((name, parts(of: name)))
        }
        return names.sorted { $0.key.lexicographicallyPrecedes($1.key) || ($0.key == $1.key && $0.name < $1.name) }
            .map(\.name)
    }

    /// Times of the pictures in nanoseconds from the first.
    static func timestamps(of names: [String], in folder: String, rate: Double) throws(RecordingError) -> [Int64] {
        let listed = folder + "/timestamps.txt"
        if access(listed, F_OK) == 0 { return try listedTimestamps(listed, count: names.count) }
        if let fromNames = namedTimestamps(names) { return fromNames }
        return names.indices.map { Int64((Double($0) * 1e9 / rate).rounded()) }
    }

    // MARK: - Order

    /// A name in pieces, so that 9 comes before 10.
    private enum NamePart: Comparable {
        case number(digits: Int, String)
        case text(String)
    }

    private static func parts(of name: String) -> [NamePart] {
        var parts: [NamePart] = []
        var rest = Substring(name)
        while let first = rest.first {
            let isNumber = first.isASCII && first.isNumber
            let piece = rest.prefix { ($0.isASCII && $0.isNumber) == isNumber }
            rest = rest[piece.endIndex...]
            if isNumber {
                // Without leading zeros, more digits mean a larger number and equal lengths compare as text.
                let digits = String(piece.drop { $0 == "0" })
                parts.append(.number(digits: digits.utf8.count, digits))
            } else {
                parts.append(.text(String(piece)))
            }
        }
        return parts
    }

    // MARK: - Times

    /// Names that are nothing but 16 to 19 digits are taken for nanoseconds since some epoch.
    private static func namedTimestamps(_ names: [String]) -> [Int64]? {
        var times: [Int64] = []
        for name in names {
            let stem = name[..<(name.lastIndex(of: ".") ?? name.endIndex)]
            guard 16...19 ~= stem.utf8.count, stem.allSatisfy({ $0.isASCII && $0.isNumber }), let time = Int64(stem),
                times.last.map({ time > $0 }) ?? true
            else { return nil }
            times.append(time)
        }
        guard let first = times.first else { return nil }
        return times.map { $0 - first }
    }

    private static func listedTimestamps(_ path: String, count: Int) throws(RecordingError) -> [Int64] {
        let text: String
        do throws(ImagingError) {
            text = String(decoding: try ImageFile.bytes(of: path, limit: 256 << 20), as: UTF8.self)
        } catch {
            throw .image(error)
        }
        var times: [Double] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: true).enumerated() {
            let trimmed = line.filter { !$0.isWhitespace }
            guard let seconds = Double(trimmed), seconds.isFinite, abs(seconds) < 9e9,
                times.last.map({ seconds > $0 }) ?? true
            else {
                throw .invalidParameter(
                    name: "\(path):\(number + 1)",
                    detail: "'\(trimmed)' is not a number of seconds greater than the one before")
            }
            times.append(seconds)
        }
        guard times.count == count, let first = times.first else {
            throw .invalidParameter(name: path, detail: "\(times.count) times for \(count) pictures")
        }
        return times.map { Int64((($0 - first) * 1e9).rounded()) }
    }
}
