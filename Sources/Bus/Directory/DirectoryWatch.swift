import CLinux
import Platform

/// Tells when something in a directory came, went or was renamed (inotify).
struct DirectoryWatch: ~Copyable {
    enum Change {
        case none
        case entries
        /// The directory itself is gone: a new watch is needed.
        case directoryGone
    }

    let descriptor: FileDescriptor

    init(_ directory: RuntimeDirectory) throws(BusError) {
        let number = sightline_watch_create(directory.path)
        descriptor = FileDescriptor(owning: try BusError.check(number, "inotify_add_watch", directory.path))
    }

    /// What happened since the last call; never waits.
    func changes() -> Change {
        switch sightline_watch_read(descriptor.number) {
        case 0: .none
        case 1: .entries
        default: .directoryGone
        }
    }
}
