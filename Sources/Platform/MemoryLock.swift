import CLinux

/// Keeps the process's memory from being paged out, so that no page fault on the frame path waits for a disk.
public enum MemoryLock {
    /// Locks all memory.
    ///
    /// - Returns: what the system refused, in words; nil when it is done.
    public static func lockAll() -> String? {
        let code = sightline_lock_memory()
        return code == 0 ? nil : SystemCall.message(for: code)
    }
}
