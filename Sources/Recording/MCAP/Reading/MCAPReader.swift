import Glibc
import Platform

/// An MCAP file for reading, mapped into memory. Opening reads the summary only; reading from a time on reads the index and
/// the chunk that the time lies in.
///
/// A file without a usable summary (being written, cut off, damaged) is walked over once instead; all that is whole in it
/// can be read. Nothing in a file is believed unchecked. Not thread-safe.
public final class MCAPReader {
    public let path: String
    public let limits: MCAPLimits
    public let index: MCAPIndex
    /// Why the index had to be put together by a walk over the file; nil when it is the file's own.
    public let summaryProblem: MCAPDamage?
    /// What made no sense during that walk.
    public let damage: [MCAPDamage]
    private let file: MappedFile

    /// Whether the file was closed in good order: it ends with footer and summary.
    public var isComplete: Bool { summaryProblem == nil }

    /// Bytes of the file.
    public var byteCount: Int { file.byteCount }

    /// - Throws: ``RecordingError/file(path:detail:)``, or ``RecordingError/damagedRecording(path:offset:detail:)`` for what
    ///   is no MCAP file at all.
    public init(path: String, limits: MCAPLimits = .init()) throws(RecordingError) {
        do throws(PlatformError) {
            file = try MappedFile(path: path)
        } catch {
            throw RecordingError(error, path: path)
        }
        self.path = path
        self.limits = limits
        let bytes = file.unsafeBytes
        guard MCAPFormat.isMagic(bytes) else {
            throw .damagedRecording(path: path, offset: 0, detail: "it does not begin like an MCAP file")
        }
        do throws(MCAPDamage) {
            index = try SummaryParser.index(of: bytes)
            summaryProblem = nil
            damage = []
        } catch {
            var builder = IndexBuilder(bytes, limits: limits)
            builder.run()
            index = builder.index
            damage = builder.damage
            summaryProblem = error
        }
    }

    /// Whether a file begins like an MCAP file.
    public static func isMCAP(_ path: String) -> Bool {
        guard let file = try? FileDescriptor(opening: path, flags: O_RDONLY) else { return false }
        var start = [UInt8](repeating: 0, count: MCAPFormat.magic.count)
        return read(file.number, &start, start.count) == start.count && start == MCAPFormat.magic
    }

    /// The file's bytes, as long as the reader lives.
    var bytes: UnsafeRawBufferPointer { file.unsafeBytes }

    /// Reads messages in the order of their log times.
    public func messages(_ selection: MCAPSelection = .init()) -> MCAPMessageReader {
        MCAPMessageReader(self, selection)
    }

    public func attachment(_ entry: MCAPAttachmentIndex) throws(RecordingError) -> MCAPAttachment {
        do throws(MCAPDamage) {
            let content = try content(of: .attachment, at: entry.offset)
            return try MCAPAttachment(content: content, offset: entry.offset)
        } catch {
            throw RecordingError(error, path: path)
        }
    }

    public func metadata(_ entry: MCAPMetadataIndex) throws(RecordingError) -> MCAPMetadata {
        do throws(MCAPDamage) {
            var cursor = ByteCursor(try content(of: .metadata, at: entry.offset), origin: entry.offset)
            return try MCAPMetadata(&cursor)
        } catch {
            throw RecordingError(error, path: path)
        }
    }

    /// Content of the record at a place that an index names.
    func content(of opcode: MCAPOpcode, at offset: Int) throws(MCAPDamage) -> UnsafeRawBufferPointer {
        guard offset >= 0, offset < bytes.count else {
            throw MCAPDamage(offset: offset, "an index points behind the end of the file")
        }
        var records = RecordCursor(bytes, origin: offset, position: offset)
        guard let record = try records.next(), record.opcode == opcode.rawValue else {
            throw MCAPDamage(offset: offset, "an index points to something that is no \(opcode.name)")
        }
        return record.content
    }
}

extension RecordingError {
    init(_ damage: MCAPDamage, path: String) {
        self = .damagedRecording(path: path, offset: damage.offset, detail: damage.detail)
    }

    /// The system's reason, without the path that the description gives anyway.
    init(_ error: PlatformError, path: String) {
        switch error {
        case .systemCall(let name, _, let code):
            self = .file(path: path, detail: "\(SystemCall.message(for: code)) (\(name))")
        default:
            self = .file(path: path, detail: "\(error)")
        }
    }
}
