import Glibc
import Platform

extension BinaryFile {
    /// Writes a file so that readers see the old or the new contents in full, whatever happens meanwhile: beside its
    /// place first, then moved there.
    package static func write(_ chunks: [UnsafeRawBufferPointer], to path: String) throws(BinaryFileError) {
        let draft = "\(path).\(getpid()).partial"
        do throws(BinaryFileError) {
            let file = try translatingErrors(of: path) { () throws(PlatformError) in
                try FileDescriptor(opening: draft, flags: O_WRONLY | O_CREAT | O_TRUNC)
            }
            for chunk in chunks { try write(chunk, to: file, path: path) }
            try translatingErrors(of: path) { () throws(PlatformError) in
                _ = try SystemCall.retrying("rename", on: path) { rename(draft, path) }
            }
        } catch {
            unlink(draft)
            throw error
        }
    }

    private static func write(
        _ bytes: UnsafeRawBufferPointer, to file: borrowing FileDescriptor, path: String
    ) throws(BinaryFileError) {
        let number = file.number
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            written += try translatingErrors(of: path) { () throws(PlatformError) in
                try SystemCall.retrying("write", on: path) { Glibc.write(number, rest.baseAddress, rest.count) }
            }
        }
    }
}
