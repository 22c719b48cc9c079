import CLinux
import Glibc
import Platform

/// A publisher's place in the runtime directory: the lock that makes its name its own, and the listening socket.
struct PublisherEndpoint: ~Copyable {
    private let directory: RuntimeDirectory
    private let name: String
    private let lock: FileDescriptor
    let listener: FileDescriptor

    private init(name: String, directory: RuntimeDirectory, lock: consuming FileDescriptor, listener: Int32) {
        self.name = name
        self.directory = directory
        self.lock = lock
        self.listener = FileDescriptor(owning: listener)
    }

    /// Takes the name. What a killed predecessor left is removed: holding the lock proves that nobody uses it.
    static func claim(
        _ name: String, in directory: RuntimeDirectory, mode: mode_t
    ) throws(BusError) -> PublisherEndpoint {
        let socketPath = directory.socketPath(of: name)
        let bindingPath = directory.bindingPath(of: name)
        // Room in sockaddr_un, the terminating zero included.
        guard bindingPath.utf8.count < 108 else { throw .pathTooLong(socketPath, limit: 107) }
        let lockPath = directory.lockPath(of: name)
        var owner: Int32 = 0
        let lockNumber = sightline_lock_file(lockPath, &owner)
        if lockNumber == -EWOULDBLOCK { throw .nameInUse(name: name, process: owner) }
        let lock = FileDescriptor(owning: try BusError.check(lockNumber, "flock", lockPath))
        unlink(bindingPath)
        unlink(socketPath)
        let listener = try BusError.check(sightline_socket_listen(bindingPath, mode, 128), "bind", bindingPath)
        // From here on whatever fails removes the files again.
        let endpoint = PublisherEndpoint(name: name, directory: directory, lock: lock, listener: listener)
        // The socket gets its name only now that it accepts: whoever sees it can connect.
        if rename(bindingPath, socketPath) < 0 {
            let code = errno
            unlink(bindingPath)
            throw .system(call: "rename", subject: socketPath, code: code)
        }
        return endpoint
    }

    deinit {
        unlink(directory.socketPath(of: name))
        unlink(directory.lockPath(of: name))
    }

    /// Removes what publishers left that were killed, other than by their own next start.
    static func removeStale(in directory: RuntimeDirectory) {
        for name in directory.names(withSuffix: RuntimeDirectory.lockSuffix) where !name.hasPrefix(".") {
            removeIfStale(name, in: directory)
        }
    }

    /// Removes the files of one publisher if nobody holds its lock. True when they were removed.
    @discardableResult
    static func removeIfStale(_ name: String, in directory: RuntimeDirectory) -> Bool {
        var owner: Int32 = 0
        let lock = sightline_lock_file(directory.lockPath(of: name), &owner)
        guard lock >= 0 else { return false }
        unlink(directory.bindingPath(of: name))
        unlink(directory.socketPath(of: name))
        unlink(directory.lockPath(of: name))
        close(lock)
        return true
    }
}
