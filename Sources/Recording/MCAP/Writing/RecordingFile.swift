import Glibc
import Platform

/// A file that grows under the name `NAME.active` and takes its own name when it is complete.
///
/// Room for the end of the file is set aside ahead of every write: a write that would take it is refused, so that even on
/// a full disk the file can be closed in good order.
final class RecordingFile: @unchecked Sendable {
    // Sendable without checking is sound: one thread uses the file, but for `synchronize`, which any may call and which reads
    // only what never changes.

    /// The name that the file has in the end.
    let path: String
    /// The name that it has until then.
    let activePath: String
    private let descriptor: FileDescriptor
    private let disk: RecordingDisk
    private(set) var byteCount = 0
    private var reservedEnd = 0
    private var canReserve = true

    /// What stands behind the name of a file that is being recorded ...
    static let activeSuffix = ".active"
    /// ... and of one that is being mended, which may lie beside the former.
    static let recoverySuffix = ".recovering"
    /// Blocks are set aside in steps of this many bytes.
    private static let reservationStep = 8 << 20

    init(
        creating path: String, suffix: String = activeSuffix, disk: RecordingDisk = .system
    ) throws(RecordingError) {
        self.path = path
        self.disk = disk
        let activePath = path + suffix
        self.activePath = activePath
        if access(path, F_OK) == 0 { throw .exists(path: path) }
        do throws(PlatformError) {
            try Self.check(disk, .create, "open", activePath)
            descriptor = try FileDescriptor(
                opening: activePath, flags: O_WRONLY | O_CREAT | O_EXCL, permissions: 0o644)
        } catch {
            switch error {
            case .systemCall(_, _, EEXIST): throw .exists(path: activePath)
            // The disk's trouble, not the name's.
            case .systemCall(_, _, ENOSPC), .systemCall(_, _, EDQUOT), .systemCall(_, _, EROFS),
                .systemCall(_, _, EIO):
                throw Self.failure(error, path: path)
            default: throw RecordingError(error, path: path)
            }
        }
    }

    /// Appends bytes; either all of them, or none and an error.
    ///
    /// - Parameter reserve: bytes that must have room behind these.
    func append(
        _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer = .init(start: nil, count: 0),
        _ third: UnsafeRawBufferPointer = .init(start: nil, count: 0), reserve: Int
    ) throws(RecordingError) {
        let end = byteCount + first.count + second.count + third.count
        do throws(PlatformError) {
            try setAside(end + reserve)
            try Self.check(disk, .write, "write", path)
            try descriptor.writeAll(first, of: path)
            try descriptor.writeAll(second, of: path)
            try descriptor.writeAll(third, of: path)
            byteCount = end
        } catch {
            rewind()
            throw Self.failure(error, path: path)
        }
    }

    /// Forces what was written to the disk. Any thread may call it.
    func synchronize() throws(RecordingError) {
        do throws(PlatformError) {
            try Self.check(disk, .synchronize, "fdatasync", path)
            try descriptor.synchronize(path)
        } catch {
            throw Self.failure(error, path: path)
        }
    }

    private static func check(
        _ disk: RecordingDisk, _ call: RecordingDisk.Call, _ name: String, _ path: String
    ) throws(PlatformError) {
        let code = disk.ahead(call)
        guard code == 0 else { throw .systemCall(name: name, subject: path, code: code) }
    }

    /// Ends the file: on the disk, under its own name.
    func publish() throws(RecordingError) {
        do throws(PlatformError) {
            try descriptor.truncate(to: byteCount, path)
            try descriptor.synchronize(path)
            let active = activePath
            try SystemCall.retrying("rename", on: path) { rename(active, path) }
        } catch {
            throw Self.failure(error, path: path)
        }
        synchronizeFolder()
    }

    /// Removes a file that was begun in vain.
    func discard() {
        unlink(activePath)
    }

    private func setAside(_ end: Int) throws(PlatformError) {
        guard canReserve, end > reservedEnd else { return }
        let wanted = end + Self.reservationStep
        do throws(PlatformError) {
            try Self.check(disk, .reserve, "fallocate", path)
            try descriptor.reserve(byteCount..<wanted, path)
            reservedEnd = wanted
        } catch {
            guard case .systemCall(_, _, let code) = error, code == ENOSPC || code == EDQUOT || code == EFBIG else {
                // A file system that cannot: go without.
                canReserve = false
                return
            }
            // Little is left: exactly what is needed, or nothing.
            try Self.check(disk, .reserve, "fallocate", path)
            try descriptor.reserve(byteCount..<end, path)
            reservedEnd = end
        }
    }

    /// Takes back what a failed write may have left, so that the file ends with a whole record.
    private func rewind() {
        lseek(descriptor.number, off_t(byteCount), SEEK_SET)
        try? descriptor.truncate(to: byteCount, path)
        // Cutting gave the blocks behind the end back.
        reservedEnd = byteCount
    }

    /// Makes the new name last: a renamed file is found after a power cut only once its folder is on the disk.
    private func synchronizeFolder() {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        guard let handle = try? FileDescriptor(opening: folder, flags: O_RDONLY | O_DIRECTORY) else { return }
        fsync(handle.number)
    }

    private static func failure(_ error: PlatformError, path: String) -> RecordingError {
        if case .systemCall(let call, _, let code) = error {
            if code == ENOSPC || code == EDQUOT || code == EFBIG { return .diskFull(path: path) }
            return .writingFailed(path: path, detail: "\(SystemCall.message(for: code)) (\(call))")
        }
        return .writingFailed(path: path, detail: "\(error)")
    }
}
